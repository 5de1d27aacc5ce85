"""The marks around thinking, and whether one in a text is real or only quoted.

Sources: Open WebUI's table of reasoning tags, vLLM's reasoning parsers, and the chat templates of
Magistral, Seed-OSS, Command A Reasoning, Gemma, Apertus and Granite. gpt-oss without its special
tokens is ``analysis…assistantfinal…``.
"""

import re
from typing import Final, NamedTuple

_TAGS: Final = "think|thinking|thought|reason|reasoning|seed:think|analysis|scratchpad"
_FIXED: Final = {
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|start_thinking|>": "<|end_thinking|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel>thought": "<channel|>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}
_SPOKEN: Final = {
    "here is my thought process:": "here is my response:",
    "here's my thought process:": "here's my response:",
}
_TAG: Final = re.compile(rf"<({_TAGS})(?:\s+[\w:-]+\s*=[^<>]{{0,200}})?>", re.IGNORECASE)
_CUT_TAG: Final = re.compile(rf"<(?:{_TAGS})\s[^<>]{{0,200}}\Z", re.IGNORECASE)
_GLUED: Final = "analysis"  # gpt-oss: its header runs into the first word
_STARTS: Final = (*_FIXED, *_SPOKEN, *(f"<{tag}>" for tag in _TAGS.split("|")))

_FIRST: Final = {mark[0] for mark in (*_STARTS, _GLUED)}

HARMONY_TURN: Final = "<|end|><|start|>assistant"
# Marks that may close thinking without an opening mark; other tags never do.
LONE_CLOSES: Final = (
    *(f"</{tag}>" for tag in ("think", "thinking", "thought", "reasoning", "seed:think")),
    *(close for close in _FIXED.values() if close != "◁/think▷"),
    HARMONY_TURN,
)
_FIRST_OF_CLOSE: Final = {mark[0] for mark in LONE_CLOSES}
_LONE_CLOSE: Final = re.compile("|".join(map(re.escape, LONE_CLOSES)), re.IGNORECASE)
_ANY_TAG: Final = re.compile(rf"<(?:{_TAGS})>|\[think\]", re.IGNORECASE)
_BEFORE_A_WORD: Final = ("'", '"', "“", "«", "„", "‘", "`", "(", "*", "_", "|", *"《「『（")  # noqa: RUF001
_BEHIND_A_WORD: Final = ".,;:!?)'\"”’»`|/"  # noqa: RUF001
_IN_A_LIST: Final = (",", ";", ":", "/")
_SENTENCE_END: Final = re.compile(r"[.!?…][*_)\"']*\s+\Z")
_BEGINS_A_SENTENCE: Final = re.compile(r"\s*[^\W\d_a-zß-ÿ]|\s*\n|\s*\d")
_ITEM: Final = re.compile(r"\s*(?:[-*+>]|\d+[.)]|#{1,6})\s+\Z")
_OPEN_QUOTE: Final = re.compile(r"(?:(?:\A|[\s(])['\"]|[“‘])[^'\"”’]*\Z")  # noqa: RUF001
_TILDES: Final = re.compile(r"^~~~", re.MULTILINE)
_GOES_ON: Final = re.compile(r"[ \t]+[a-zß-ÿ]")


class Opening(NamedTuple):
    """An opening mark as written, and what closes it; a spoken one counts only if closed."""

    mark: str
    close: str
    is_spoken: bool = False


def opening(text: str) -> Opening | None:
    """Return the opening mark at the start of a text."""
    tag = _TAG.match(text)
    if tag is not None:
        return Opening(tag[0], f"</{tag[1].lower()}>")
    lowered = text[:40].lower()
    for mark, close in _FIXED.items():
        if lowered.startswith(mark):
            return Opening(text[: len(mark)], close)
    for mark, close in _SPOKEN.items():
        if lowered.startswith(mark):
            return Opening(text[: len(mark)], close, is_spoken=True)
    if text.startswith(_GLUED) and text[len(_GLUED) :][:1].isupper():
        return Opening(_GLUED, "assistantfinal")
    return None


def may_open(text: str) -> bool:
    """Return whether a text may be the beginning of an opening mark."""
    lowered = text[:40].lower()
    if lowered and lowered[0] not in _FIRST:  # as most texts
        return False
    begins_mark = any(len(lowered) < len(mark) and mark.startswith(lowered) for mark in _STARTS)
    return begins_mark or _GLUED.startswith(text) or _CUT_TAG.match(text) is not None


def held_from(text: str) -> int:
    """Return where a closing mark may begin at the end of a text, or the text's length."""
    lowered = text[-40:].lower()
    if _FIRST_OF_CLOSE.isdisjoint(lowered):  # as most texts
        return len(text)
    return len(text) - max(overlap(lowered, mark) for mark in LONE_CLOSES)


def overlap(text: str, mark: str) -> int:
    """Return the number of characters at the end of text that may begin the mark."""
    longest = min(len(text), len(mark) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(mark[:n])), 0)


def lone_close(text: str, start: int, *, is_whole: bool) -> tuple[re.Match[str] | None, bool]:
    """Return the mark after start that closes unopened thinking, and whether that is certain.

    Unless the text is whole, what follows may still show that the mark is only quoted.
    """
    for mark in _LONE_CLOSE.finditer(text, start):
        is_last = not is_whole and not text[mark.end() :].strip(" \t")
        meant = _is_meant(text, mark, is_last=is_last)
        if meant is not False:
            return mark, meant is True
    return None, True


def _is_meant(text: str, mark: re.Match[str], *, is_last: bool) -> bool | None:
    """Return whether a mark closes thinking, or None if that depends on what follows."""
    before, after = text[: mark.start()], text[mark.end() :]
    line = before.rpartition("\n")[2]
    if _is_in_code(before, line) or _is_opened(before) or _ITEM.match(line):
        return False
    if not before.strip():
        return None if is_last else _GOES_ON.match(after) is None
    if not line.strip():
        return True
    if _OPEN_QUOTE.search(line):
        return None if is_last else after[:1] not in ("", "'", '"', "”", "’")  # noqa: RUF001
    if line[-1] in _BEFORE_A_WORD:
        closes = line[-1] in "'\"*_" and not after.startswith(line[-1])
        return None if closes and is_last else closes and line.count(line[-1]) % 2 == 0
    if line[-1] in _IN_A_LIST:
        return None if is_last else after[:1] not in _IN_A_LIST
    if not line[-1].isspace():
        return True
    return None if is_last else _is_behind_space(line, after)


def _is_behind_space(line: str, after: str) -> bool:
    """Return whether a mark after a space ends a sentence or a line, or a word follows it."""
    ends = _SENTENCE_END.search(line) is not None
    if not after.strip() or after[0].isspace():
        is_new = not after.strip() or _BEGINS_A_SENTENCE.match(after) is not None
        return after.lstrip(" \t")[:1] == "\n" or (ends and is_new)
    return after[0].isalnum() or (ends and after[0] not in _BEHIND_A_WORD)


def _is_in_code(before: str, line: str) -> bool:
    is_indented = line[:4] == "    " or line[:1] == "\t"
    in_block = before.count("```") % 2 == 1 or len(_TILDES.findall(before)) % 2 == 1
    return in_block or is_indented or line.count("`") % 2 == 1


def _is_opened(before: str) -> bool:
    """Return whether a text has an opening mark that is not only quoted."""
    for tag in _ANY_TAG.finditer(before):
        line = before[: tag.start()].rpartition("\n")[2]
        is_word = line.endswith(_BEFORE_A_WORD) or (
            line.endswith(" ") and before.startswith((" ", ".", ","), tag.end())
        )
        if not (is_word or _is_in_code(before[: tag.start()], line)):
            return True
    return False
