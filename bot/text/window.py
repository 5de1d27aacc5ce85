"""The end of a full message: where it breaks, what is closed there and reopened next; pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from itertools import pairwise

import msgspec

from bot.text.blocks import FENCE, Span, Table, fences, leads, opening_at, tables
from bot.text.graphemes import graphemes
from bot.text.marks import SPOILER, Markup, read

CLOSING = "\n" + FENCE
_QUOTED_CLOSING = "\n> " + FENCE
_MARKS_ROOM = 8  # characters of marks that are closed at the end of a message
MOST_RESERVED = len(_QUOTED_CLOSING) + _MARKS_ROOM
# How much of a window follows a break, to see whether a mark is closed right there.
_BEHIND = MOST_RESERVED - len(CLOSING)
_TABLE_HEAD_LIMIT = 400
_PERHAPS_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]{0,32}\Z")
_PAIR_OF_TICKS = re.compile(r"(?<!`)`{2}(?!`)")
_SENTENCE_END = re.compile(r"[.!?…]['\")\]]*[^\S\n]+|[。！？]+[^\S\n]*")  # noqa: RUF001 - full stops of CJK
_NEWLINE = re.compile(r"\n")
_BREAKS = (_NEWLINE, _SENTENCE_END, re.compile(r"[^\S\n]+"))
_QUOTE = ">>> "
_QUOTE_LINE = re.compile(r"^>>> ", re.MULTILINE)
_KEPT_LEAD = re.compile(r"(?:> )?(?:#{1,3} |-# )?")  # repeated where a line continues
_ITEM = re.compile(r"(?:> )?[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]")
_HEADING = re.compile(r"(?:> )?(?:#{1,3} .*|\*\*[^*\n]+\*\*|.*[:：][*_]*)\Z")  # noqa: RUF001


class Carried(msgspec.Struct, frozen=True):
    """Markup that is open where a message ends, and reopened in the next one."""

    quote: str = ""  # of everything that follows
    head: str = ""  # of a table
    lead: str = ""  # of a line that continues
    marks: tuple[str, ...] = ()
    fence: str = ""


class Cut(msgspec.Struct, frozen=True):
    """The end of a message, what closes it there, and what the next one reopens."""

    at: int
    closing: str
    carried: Carried


class Window:
    """The reopened markup and as much text as a message can hold, and a little more.

    Only this decides where the message ends, so that no later text can move the break.
    """

    def __init__(self, text: str, opened: int) -> None:
        self._text = text
        self._opened = opened
        self._fences = fences(text)

    @cached_property
    def _tables(self) -> list[Table]:
        return tables(self._text, self._fences)

    @cached_property
    def _markup(self) -> Markup:
        return read(self._text, self._fences, carried=self._opened)

    def cut(self) -> Cut:
        return self.cut_at(self._break(), self._markup.marked)

    def end(self, *, has_marks: bool) -> Cut:
        """Return the end of the last message: code blocks and reopened markup are closed."""
        spans = self._markup.marked if has_marks else []
        return self.cut_at(len(self._text), [s for s in spans if s.start < self._opened])

    def leave(self) -> Carried:
        """Return what a message that continues after the whole text reopens."""
        return self.cut_at(len(self._text), self._markup.marked).carried

    def cut_at(self, at: int, marked: Sequence[Span]) -> Cut:
        text = self._text
        begin = text.rfind("\n", 0, at) + 1
        goes_on = begin < at and text[at : at + 1] != "\n"
        quote = _QUOTE if self._is_quoted(at) else ""
        closing, marks = self._marks_at(at, marked)
        fence = opening_at(self._fences, at)
        if fence:
            lead = self._lead_of_fence(at)
            closing = (_QUOTED_CLOSING if lead else CLOSING) + closing
            fence += lead if goes_on else ""
        else:
            lead = _kept_lead(text, begin) if goes_on else ""
        return Cut(at, closing, Carried(quote, self._head_at(at), lead, marks, fence))

    def _is_quoted(self, at: int) -> bool:
        found = _QUOTE_LINE.finditer(self._text, 0, at)
        return any(not opening_at(self._fences, quote.start()) for quote in found)

    def _lead_of_fence(self, at: int) -> str:
        start = next(f.start for f in reversed(self._fences) if f.opening and f.start < at)
        begin = self._text.rfind("\n", 0, start) + 1
        return "> " if self._text.startswith("> ", begin) else ""

    def _marks_at(self, at: int, marked: Sequence[Span]) -> tuple[str, tuple[str, ...]]:
        """Return what closes the marks open at a place, and the marks to reopen."""
        closing, carried, room = "", [], _MARKS_ROOM
        for span in (span for span in marked if span.start < at < span.end):
            room -= len(span.mark)
            if room < 0:
                break
            closing = span.mark + closing
            is_sure = span.mark == SPOILER or span.end <= len(self._text)
            if is_sure or "\n\n" not in self._text[span.start : at]:
                carried.append(span.mark)
        return closing, tuple(carried)

    def _head_at(self, at: int) -> str:
        for table in self._tables:
            is_between_rows = table.body < at < table.end and self._text[at - 1] == "\n"
            if is_between_rows and table.body - table.start <= _TABLE_HEAD_LIMIT:
                return self._text[table.start : table.body].removeprefix(_QUOTE)
        return ""

    def _break(self) -> int:
        """Return the best place to end, after the reopened markup."""
        last = len(self._text) - 1 - _BEHIND
        half, quarter = last // 2, last // 4
        solid = self._solid()
        whole = solid + self._markup.marked + [Span(t.start, t.end) for t in self._tables]
        lines, sentences, words = (partial(self._ends, kind) for kind in _BREAKS)
        in_a_line = (sentences, words, self._graphemes)
        for floor, spans, kinds in (
            (half, whole, (self._paragraphs, self._free_lines, self._code_lines, *in_a_line)),
            (quarter, whole, (self._free_lines,)),
            (half, solid, (lines, sentences, words)),
            (self._opened, solid, (lines, words, self._graphemes)),
        ):
            torn = _torn(spans, last)
            if 0 not in torn[floor + 1 :]:
                continue
            for places in kinds:
                if at := next((at for at in _down(places(), last, floor) if not torn[at]), 0):
                    return at
        return last

    def _ends(self, pattern: re.Pattern[str]) -> list[int]:
        return [found.end() for found in pattern.finditer(self._text)]

    def _free_lines(self) -> list[int]:
        """Return the line starts outside of code that do not belong to the line above."""
        inside, text = self._is_inside, self._text
        return [at for at in self._ends(_NEWLINE) if not inside(at) and not _is_headed(text, at)]

    def _paragraphs(self) -> list[int]:
        return [at for at in self._free_lines() if self._text[at - 2 : at] == "\n\n"]

    def _code_lines(self) -> list[int]:
        return [at for at in self._ends(_NEWLINE) if self._is_inside(at)]

    def _graphemes(self) -> list[int]:
        return [found.start() for found in graphemes(self._text)]

    def _is_inside(self, at: int) -> bool:
        return opening_at(self._fences, at) != ""

    def _solid(self) -> list[Span]:
        """Return the spans that must not be broken, because they could not be reopened."""
        heads = [Span(table.start, table.body + 1) for table in self._tables]
        return [*self._markup.solid, *leads(self._text), *heads, *self._fence_spans()]

    def _fence_spans(self) -> Iterator[Span]:
        text, found = self._text, self._fences
        for fence in found:
            # Nor right after an opening line: Discord shows no block without code.
            if fence.opening:
                yield Span(fence.start, fence.end + 1)
            else:
                yield Span(len(text[: fence.start].rstrip("> \n\t")) - 1, fence.end)
        # A run of backticks may be broken between two fences, but not between a fence and others.
        for a, b in pairwise(found):
            if 0 < b.start - a.end < len(FENCE):
                yield Span(a.end - 1, b.start + 1)
        yield from (Span(*ticks.span()) for ticks in _PAIR_OF_TICKS.finditer(text))
        tail = len(text) - len(text.rstrip("`"))
        if 0 < tail < len(FENCE):  # may become a fence later
            yield Span(len(text) - tail, len(text) + 1)
        if found and found[-1].opening and _PERHAPS_LANGUAGE.match(text, found[-1].start + 3):
            yield Span(found[-1].start, len(text) + 1)


def reserved(text: str, start: int, stop: int, carried: Carried) -> int:
    """Return how many characters may be needed to close a message, wherever it ends.

    Whether the rest of a text fits must not depend on whether it ends inside a code block, or a
    full message could change again.
    """
    has_quoted_code = text.find("> " + FENCE, start, stop) >= 0 or carried.lead == "> "
    closing = _QUOTED_CLOSING if has_quoted_code else CLOSING
    return len(closing) + sum(map(len, carried.marks))


@lru_cache(maxsize=512)
def cut_full(text: str, opened: int) -> Cut:
    """Return the end of a full message, of which ``opened`` characters are reopened markup.

    Cached: an answer is laid out at every edit, and its full messages stay the same.
    """
    return Window(text, opened).cut()


def _kept_lead(text: str, begin: int) -> str:
    if text.startswith(_QUOTE, begin):
        begin += len(_QUOTE)
    found = _KEPT_LEAD.match(text, begin)
    return found[0] if found else ""


def _is_headed(text: str, at: int) -> bool:
    """Return whether the line above belongs to what follows: a heading, or a list's first line."""
    above = text[:at].rstrip()
    line = above[above.rfind("\n") + 1 :].removeprefix(_QUOTE)
    if _HEADING.match(line):
        return True
    is_item = _ITEM.match(text, at) is not None
    return is_item and len(above) == at - 1 and not (_ITEM.match(line) or line[:1].isspace())


def _down(places: Sequence[int], last: int, floor: int) -> Iterator[int]:
    """Yield the places above floor, up to last, from the last one down."""
    return (at for at in reversed(places) if floor < at <= last)


def _torn(spans: Iterable[Span], last: int) -> bytearray:
    """Return an array with 1 for each place up to last that is inside a span."""
    torn = bytearray(last + 1)
    for span in spans:
        start, end = max(span.start + 1, 0), min(span.end, last + 1)
        if start < end:
            torn[start:end] = b"\x01" * (end - start)
    return torn
