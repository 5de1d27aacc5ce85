"""Block markup of Discord's Markdown: code blocks, lists, quotes, tables; pure."""

import re
from collections.abc import Iterator, Sequence

import msgspec

FENCE = "```"
FOREVER = 1 << 30  # the end of a span that is not closed
_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]{0,32}(?=\n)")  # behind an opening fence
# What begins a line: a quote, then a heading or an item of a list.
LEAD = re.compile(r"(?:> )?(?:#{1,3} |-# )?(?:[ \t]{0,40}(?:[-*+]|\d{1,3}[.)]) )?")
_LEADS = re.compile(r"^[ \t]*(?:(?:>>>|>|#{1,3}|-#|[-*+]|\d{1,3}[.)])[ \t]+)*", re.MULTILINE)
_TABLE_RULE = re.compile(
    r"^(?:> )?[ \t]*(?=[^\n]*\|)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\n",
    re.MULTILINE,
)
_TABLE_ROWS = re.compile(r"(?:[^\n|]*\|[^\n]*(?:\n|\Z))*")


class Span(msgspec.Struct, frozen=True):
    """A range of text that belongs together; one with a mark can be closed and reopened."""

    start: int
    end: int
    mark: str = ""


class Fence(msgspec.Struct, frozen=True):
    """One code fence: its place, and its language if it opens a code block."""

    start: int
    end: int  # behind the whole opening line, where it opens one
    opening: str  # what opens the block again in the next message; empty for a closing fence


class Table(msgspec.Struct, frozen=True):
    """A table: the offsets of its head, its first row and its end."""

    start: int
    body: int
    end: int


def fences(text: str) -> list[Fence]:
    """Return every code fence of a text. Discord recognizes them anywhere in a line."""
    found: list[Fence] = []
    at = text.find(FENCE)
    while at >= 0:
        end = at + len(FENCE)
        opening = ""
        if not (found and found[-1].opening):
            language = _LANGUAGE.match(text, end)
            opening = FENCE + (language[0] if language else "") + "\n"
            end = language.end() + 1 if language else end
        found.append(Fence(at, end, opening))
        at = text.find(FENCE, at + len(FENCE))
    return found


def opening_at(found: Sequence[Fence], at: int) -> str:
    """Return what reopens the code block around a place, or "" outside of code."""
    opening = ""
    for fence in found:
        if fence.start >= at:
            break
        opening = fence.opening
    return opening


def outside(found: Sequence[Fence], length: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a text that are outside of code blocks."""
    start = 0
    for fence in found:
        if fence.opening:
            yield start, fence.start
        start = fence.end if not fence.opening else length
    if start < length:
        yield start, length


def leads(text: str) -> list[Span]:
    """Return the beginning of each line: indentation, list, quote and heading marks, plus one."""
    found = (m.span() for m in _LEADS.finditer(text))
    return [Span(start, end + 1) for start, end in found if end > start]


def tables(text: str, found: Sequence[Fence]) -> list[Table]:
    """Return the tables of a text; one that may continue after its end ends FOREVER."""
    if "|" not in text:
        return []
    result: list[Table] = []
    for start, stop in outside(found, len(text)):
        for rule in _TABLE_RULE.finditer(text, start, stop):
            if result and rule.start() < result[-1].end:
                continue
            head = text.rfind("\n", 0, max(rule.start() - 1, 0)) + 1
            if head < rule.start() and "|" in text[head : rule.start()]:
                rows = _TABLE_ROWS.match(text, rule.end(), stop)
                end = rows.end() if rows else rule.end()
                result.append(Table(head, rule.end(), FOREVER if end == len(text) else end))
    return result
