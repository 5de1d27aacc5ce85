"""Thinking that servers leave in the text, told apart from the answer while it streams.

The marks are those of Open WebUI's table of reasoning tags, and of Magistral, Seed-OSS, Command A Reasoning and Gemma.
"""

from __future__ import annotations

import re
from typing import Final

from connectors.channels import BEGINNINGS, ChannelSplitter

_MARKS: Final = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reason>": "</reason>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|channel>thought": "<channel|>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}
_CLOSES: Final = {
    opening: re.compile(re.escape(close), re.IGNORECASE) for opening, close in _MARKS.items()
}
_OPENINGS: Final = (*_MARKS, *BEGINNINGS)
_LONE_CLOSE: Final = re.compile(r"</think>|\[/THINK\]")
_QUOTES: Final = ("'", '"', "“", "«", "„")
_LONGEST_LONE: Final = len("</think>")
HELD_LIMIT: Final = 64_000  # characters of what may turn out to be thinking


class ThinkSplitter:
    """Splits text that comes in pieces into (text, reasoning); a block counts only at the very start.

    A mark anywhere else is a part of the answer, which may well be about marks. White space at the start of the block and
    between the block and the answer is dropped. How the text is cut into pieces makes no difference to blocks and channels.

    Some templates write the opening mark into the prompt, so that only the closing one comes. What came with it in one read is
    still told apart: ``settle`` is to be called after each read. With ``waits_for_close`` the text is held back until the mark
    is here, for models that always think first.
    """

    __slots__ = (
        "_channels",
        "_held",
        "_opening",
        "_searched",
        "_step",
        "_waits",
        "has_lone_close",
        "is_over",
    )

    def __init__(self, *, waits_for_close: bool = False) -> None:
        self.is_over = False  # the rest is answer: no more need to ask
        self.has_lone_close = False
        self._waits = waits_for_close
        self._held = ""
        self._searched = 0  # no closing mark stands before this in what is held
        self._opening = ""
        self._channels = ChannelSplitter()
        self._step = self._before

    def feed(self, piece: str) -> tuple[str, str]:
        """Return what has become surely answer and what surely reasoning."""
        if self.is_over:
            return piece, ""
        self._held += piece
        return self._step()

    def settle(self) -> tuple[str, str]:
        """Return (text, reasoning) of what was held back only because more might have come in the same read."""
        if self._step != self._unopened or not self._held.strip():
            return "", ""
        close = _lone_close(self._held, self._searched)
        self._searched = max(0, len(self._held) - _LONGEST_LONE)  # a mark may be half here
        if close is not None and not (self._waits and close.end() == len(self._held)):
            return self._close_at(close)
        if self._waits and len(self._held) < HELD_LIMIT:
            return "", ""  # what comes behind a mark may show that it is only talked about
        return self._answer(self._held), ""

    def stop_waiting(self) -> None:
        """Take note that the server itself tells reasoning apart."""
        self._waits = False

    def finish(self) -> tuple[str, str]:
        """Return what was held back: a block that never closed is reasoning."""
        if self._step == self._in_channels:
            return self._channels.finish()
        close = _lone_close(self._held) if self._step == self._unopened else None
        if close is not None:
            return self._close_at(close)
        held, self._held = self._held, ""
        if self._step == self._opened and self._opening != "<think>":
            return self._opening, ""  # a mark with nothing behind it is a word
        return ("", held) if self._step == self._inside else (held, "")

    def _before(self) -> tuple[str, str]:
        start = self._held.lstrip()
        lowered = start.lower()
        if any(len(lowered) < len(mark) and mark.startswith(lowered) for mark in _OPENINGS):
            return "", ""
        self._opening = next((mark for mark in _MARKS if lowered.startswith(mark)), "")
        if self._opening:
            self._held, self._step = start[len(self._opening) :], self._opened
        elif lowered.startswith(BEGINNINGS):
            self._held, self._step = start, self._in_channels
        else:
            self._step = self._unopened
        return self._step()

    def _opened(self) -> tuple[str, str]:
        self._held = self._held.lstrip()
        if not self._held:
            return "", ""
        self._step = self._inside
        return self._step()

    def _inside(self) -> tuple[str, str]:
        close = _CLOSES[self._opening].search(self._held)
        if close is not None:
            return self._close_at(close)
        cut = len(self._held) - _overlap(self._held.lower(), _MARKS[self._opening])
        thought, self._held = self._held[:cut], self._held[cut:]
        return "", thought

    def _unopened(self) -> tuple[str, str]:
        return "", ""  # looked at once for each read, not for each piece: many may come in one

    def _close_at(self, close: re.Match[str]) -> tuple[str, str]:
        self.has_lone_close = self.has_lone_close or self._step == self._unopened
        thought, self._held = self._held[: close.start()], self._held[close.end() :]
        self._step = self._closed
        return self._step()[0], thought

    def _closed(self) -> tuple[str, str]:
        self._held = self._held.lstrip()
        return (self._answer(self._held), "") if self._held else ("", "")

    def _in_channels(self) -> tuple[str, str]:
        held, self._held = self._held, ""
        return self._channels.feed(held)

    def _answer(self, text: str) -> str:
        self.is_over, self._held = True, ""
        return text


def without_think_block(text: str) -> tuple[str, str]:
    """Return (text, reasoning) of a whole answer."""
    splitter = ThinkSplitter()
    pieces = (splitter.feed(text), splitter.settle(), splitter.finish())
    return "".join(answer for answer, _ in pieces), "".join(thought for _, thought in pieces)


def _lone_close(text: str, start: int = 0) -> re.Match[str] | None:
    """Return the mark of a block that never opened; one in code or in quotes is only talked about."""
    marks = _LONE_CLOSE.finditer(text, start)
    return next((mark for mark in marks if _is_mark(text, mark)), None)


def _is_mark(text: str, mark: re.Match[str]) -> bool:
    before = text[: mark.start()]
    line = before.rpartition("\n")[2]
    is_in_code = before.count("```") % 2 == 1 or line.count("`") % 2 == 1
    is_in_words = line.endswith(" ") and text.startswith(" ", mark.end())
    return not (is_in_code or is_in_words or line.endswith(_QUOTES) or "<think>" in before)


def _overlap(text: str, mark: str) -> int:
    """Return how many characters at the end of text may be the beginning of mark."""
    longest = min(len(text), len(mark) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(mark[:n])), 0)
