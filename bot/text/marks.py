"""Inline markup of Discord's Markdown: marks, links, mentions; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from bot.text.blocks import FOREVER, Fence, Span, fences, outside

SPOILER = "||"

# Each alternative begins with a character of its own, so that ``re`` skips plain text fast.
_TOKEN = re.compile(
    r"\\[^\w\s]"
    r"|``*"
    r"|https?://[^\s<>|*`]+"
    r"|<(?:https?://[^\s<>]+|(?:@|#|a?:|t:|/|id:)[^<>\s]{0,80})>"
    r"|\[(?!\n)"
    r"|\|\|"
    r"|~~"
    r"|\*\**"
    r"|__*"
)
_LINK_TEXT = r"\[(?:[^\[\]\n]|\n(?!\n)|\[[^\[\]\n]{0,200}\])*+"
_LINK = re.compile(
    _LINK_TEXT + r"\]\(\s*<?(?:[^\s()<>]|\([^\s()]*\))*+>?(?:\s+[\"'][^\"'\n]*[\"'])?\s*\)"
)
_LINK_BEGUN = re.compile(_LINK_TEXT + r"(?:\](?:\([^)\s]*+)?)?\Z")
_LINK_TEXT_LIMIT = 500  # a "[" that stays open for longer begins no link
_MAY_BE_ADDRESS = re.compile(r"(?:<[^<>\s]{0,80}|htt?p?s?:?/?/?)\Z")
_URL = re.compile(r"https?://[^\s<>|*`]+")
_LONE_URL = re.compile(r"^[ \t]*https?://[^\s<>|*`]+[ \t]*$", re.MULTILINE)


class Markup(msgspec.Struct, frozen=True):
    """The markup of a text. ``solid`` must not be broken; ``marked`` can be reopened if it must."""

    solid: list[Span] = msgspec.field(default_factory=list)
    marked: list[Span] = msgspec.field(default_factory=list)


def read(text: str, found: Sequence[Fence], *, carried: int = 0) -> Markup:
    """Return the inline markup of a text, outside of its code blocks.

    A mark that is never closed counts if it looks like markup and no new paragraph follows; a
    spoiler may be longer, and so may what was reopened in the first ``carried`` characters.
    """
    return _read(text, found, carried).ended()


def hide_open_spoiler(content: str) -> str:
    """Return a message with the spoiler closed in which it ends."""
    if SPOILER not in content:
        return content
    marked = _read(content, fences(content)).ended().marked
    if any(span.mark == SPOILER and span.end == FOREVER for span in marked):
        return content.rstrip().removesuffix("|") + SPOILER
    return content


def disarm(content: str, below: str) -> str:
    """Return a message in which no open mark can pair with one in the text below."""
    left_open = _read(content, fences(content)).left_open
    left_open = [left for left in left_open if left[0][0] in below]
    for mark, start in sorted(left_open, key=lambda left: -left[1]):
        escaped = "".join("\\" + sign for sign in mark)
        content = content[:start] + escaped + content[start + len(mark) :]
    return content


def lone_link(text: str) -> str | None:
    """Return a text's only link, if it has a line of its own."""
    bare = "".join(text[start:stop] for start, stop in outside(fences(text), len(text)))
    links = _URL.findall(bare)
    lone = _LONE_URL.search(bare)
    return links[0] if len(links) == 1 and lone else None


def _read(text: str, found: Sequence[Fence], carried: int = 0) -> _Reader:
    reader = _Reader(text, carried)
    for start, stop in outside(found, len(text)):
        reader.read(start, stop)
    return reader


class _Reader:
    """Pairs marks as Discord does: each with the next of its kind, code first."""

    def __init__(self, text: str, carried: int) -> None:
        self._text = text
        self._carried = carried
        self._solid: list[Span] = []
        self._marked: list[Span] = []
        self._open: list[tuple[str, int]] = []
        self._ticks: list[tuple[str, int]] = []  # unpaired, without effect

    def read(self, start: int, stop: int) -> None:
        while token := _TOKEN.search(self._text, start, stop):
            start = self._token(token[0], token.start(), token.end(), stop)

    @property
    def left_open(self) -> list[tuple[str, int]]:
        """Every unpaired mark, and its place."""
        return self._open + self._ticks

    def ended(self) -> Markup:
        self._open = [(mark, start) for mark, start in self._open if self._is_meant(mark, start)]
        self._marked += [Span(start, FOREVER, mark) for mark, start in self._open]
        self._solid += [Span(start, start + len(mark) + 1) for mark, start in self._open]
        if cut := _MAY_BE_ADDRESS.search(self._text, max(0, len(self._text) - 81)):
            self._solid.append(Span(cut.start(), FOREVER))
        return Markup(self._solid, sorted(self._marked, key=lambda span: span.start))

    def _token(self, token: str, start: int, end: int, stop: int) -> int:
        match token[0]:
            case "\\":
                return end
            case "h" | "<":
                end = self._address_end(start, end)
                self._solid.append(Span(start, FOREVER if end == len(self._text) else end))
                return end
            case "[":
                return self._link(start, end, stop)
            case "`":
                return self._code(token, start, end, stop)
        if len(token) <= 3:
            self._mark(token, start, end)
        return end

    def _address_end(self, start: int, end: int) -> int:
        """Return where a URL ends: at the latest where a mark opened before it is closed."""
        for mark, _ in self._open:
            close = re.compile(rf"{re.escape(mark)}(?!\w)").search(self._text, start, end)
            end = close.start() if close else end
        return end

    def _link(self, start: int, end: int, stop: int) -> int:
        if link := _LINK.match(self._text, start, stop):
            self._solid.append(Span(start, link.end()))
            return link.end()
        length = len(self._text)
        begun = _LINK_BEGUN.match(self._text, start) if stop == length else None
        if begun and ("](" in begun[0] or length - start < _LINK_TEXT_LIMIT):
            self._solid.append(Span(start, FOREVER))
            return length
        return end

    def _code(self, ticks: str, start: int, end: int, stop: int) -> int:
        if len(ticks) > 2:
            return end
        close = re.compile(rf"(?<!`){ticks}(?!`)").search(self._text, end, stop)
        if close is not None:
            self._add(ticks, start, close.start(), close.end())
            return close.end()
        if stop == len(self._text) and self._is_meant(ticks, start):
            self._open.append((ticks, start))
            return stop
        self._ticks.append((ticks, start))
        return end

    def _mark(self, mark: str, start: int, end: int) -> None:
        marks = [m for m, _ in self._open]
        if len(mark) == 3 and mark not in marks and {mark[:2], mark[0]} & set(marks):
            inner = next(m for m in reversed(marks) if m in (mark[:2], mark[0]))
            cut = start + len(inner)
            self._mark(inner, start, cut)
            self._mark(mark[len(inner) :], cut, end)
        elif mark in marks and self._can_close(mark, start, end):
            self._close(mark, start, end)
        elif mark[0] in "*_" and self._closes_part(mark, marks, start, end):
            return
        elif self._can_open(mark, start, end):
            # Of two that open and do not close, Discord goes by the second.
            self._open = [entry for entry in self._open if entry[0] != mark]
            self._open.append((mark, start))

    def _closes_part(self, mark: str, marks: list[str], start: int, end: int) -> bool:
        """Close the inner half of what ``***`` opened, if that is what mark does."""
        both = mark[0] * 3
        if len(mark) == 3 or both not in marks or not self._can_close(mark, start, end):
            return False
        at = marks.index(both)
        outer = both[len(mark) :]
        opened = self._open[at][1]
        del self._open[at:]
        self._open.append((outer, opened))
        self._add(mark, opened + len(outer), start, end)
        return True

    def _close(self, mark: str, start: int, end: int) -> None:
        while True:
            inner, opened = self._open.pop()
            if inner == mark:
                self._add(mark, opened, start, end)
                return

    def _add(self, mark: str, opened: int, start: int, end: int) -> None:
        self._marked.append(Span(opened, end, mark))
        self._solid.append(Span(opened, opened + len(mark) + 1))
        self._solid.append(Span(len(self._text[:start].rstrip()) - 1, end))

    def _can_close(self, mark: str, start: int, end: int) -> bool:
        if len(mark) > 1:
            return True
        after = self._text[end : end + 1]
        return not self._text[start - 1].isspace() and not (mark == "_" and after.isalnum())

    def _can_open(self, mark: str, start: int, end: int) -> bool:
        before, after = self._text[max(start - 1, 0) : start], self._text[end : end + 1]
        if mark == "_" and before.isalnum():
            return False
        return len(mark) > 1 or (after != "" and not after.isspace())

    def _is_meant(self, mark: str, start: int) -> bool:
        """Return whether a mark that is still open is likely to be closed later."""
        if start < self._carried:
            return True
        end = start + len(mark)
        before, after = self._text[max(start - 1, 0) : start], self._text[end : end + 1]
        if after == "" or after.isspace() or (before.isascii() and before.isalnum()):
            return False
        return mark == SPOILER or "\n\n" not in self._text[start:]
