"""The channels of gpt-oss, which mlx_lm.server and others leave in the text.

Source: cookbook.openai.com/articles/openai-harmony.
"""

import re
from typing import Final

BEGINNINGS: Final = ("<|channel|>", "<|start|>", "<|message|>")
_TOKEN = re.compile(r"<\|(start|channel|message|constrain|end|return|call)\|>")
_CUT_TOKEN = re.compile(r"<(?:\|(?:[a-z]{1,9}\|?)?)?\Z")
_NO_ANSWER: Final = ("analysis", "commentary")


class ChannelSplitter:
    """Splits text in pieces of any size into (text, reasoning); only ``final`` is text."""

    __slots__ = ("_held", "_in_message", "_is_answer")

    def __init__(self) -> None:
        self._held = ""
        self._in_message = False
        self._is_answer = True  # unless the header says otherwise

    def feed(self, piece: str) -> tuple[str, str]:
        """Return the new text and reasoning; headers are neither."""
        self._held += piece
        texts, thoughts = [], []
        while token := _TOKEN.search(self._held):
            text, thought = self._sorted(token.start())
            texts.append(text)
            thoughts.append(thought)
            self._held = self._held[len(token[0]) :]
            self._in_message = token[1] == "message"
            if token[1] not in ("message", "constrain"):
                self._is_answer = True
        if self._in_message:
            cut_token = _CUT_TOKEN.search(self._held)
            text, thought = self._sorted(cut_token.start() if cut_token else len(self._held))
            texts.append(text)
            thoughts.append(thought)
        return "".join(texts), "".join(thoughts)

    def finish(self) -> tuple[str, str]:
        """Return what was held back; text after the last message counts, unless it is a header."""
        held, self._held = self._held, ""
        if self._in_message:
            return (held, "") if self._is_answer else ("", held)
        words = held.strip()
        is_header = "<|" in held or "assistant".startswith(words) or "final".startswith(words)
        is_header = is_header or not self._is_answer or words.startswith(_NO_ANSWER)
        return ("", "") if is_header else (held, "")

    def _sorted(self, cut: int) -> tuple[str, str]:
        said, self._held = self._held[:cut], self._held[cut:]
        if self._in_message:
            return (said, "") if self._is_answer else ("", said)
        if said.strip().startswith(_NO_ANSWER):
            self._is_answer = False
        return "", ""
