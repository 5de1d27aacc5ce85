"""Splitting of a growing text into messages that Discord accepts; pure."""

import re
from collections.abc import Iterator

import msgspec

from bot.text.blocks import FENCE, LEAD
from bot.text.window import MOST_RESERVED, Carried, Cut, Window, cut_full, reserved

MESSAGE_LIMIT = 2000  # characters of ``content``, source: Discord, resources/message

_NEW_BLOCK = re.compile(r"\s*```\w")


class Message(msgspec.Struct, frozen=True):
    """A message's content, and the offset in the text at which it ends."""

    content: str
    end: int


class _Part(msgspec.Struct, frozen=True):
    """A message before it is composed: the reopened markup and its text, and where it ends."""

    window: str
    opened: int
    cut: Cut
    end: int


def split(text: str, *, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Return text as messages of at most ``limit`` characters, none of them blank.

    Stable: all messages but the last stay the same as text grows. Breaks at a paragraph, line,
    sentence, word or grapheme, in this order of preference, and outside of marks, links and tables
    if possible. What must be broken is closed and reopened: a code block with its language, a
    quote, a spoiler, bold; a table continues below its head. Nothing is dropped but white space
    at a break.
    """
    return [message.content for message in messages(text, limit=limit)]


def messages(text: str, *, limit: int = MESSAGE_LIMIT) -> Iterator[Message]:
    """Yield what ``split`` returns, each message with the offset in text at which it ends."""
    for part in _parts(text, limit):
        if content := _compose(part):
            yield Message(content, part.end)


def open_markup(text: str) -> str:
    """Return what reopens the markup in which text ends: a quote, marks, a code block."""
    opening = ""
    for part in _parts(text, MESSAGE_LIMIT):
        if part.end == len(text):
            carried = Window(part.window, part.opened).leave()
            opening = _opening("", 0, carried)[0]
    return opening


def reopening(before: str, text: str) -> str:
    """Return what reopens the markup of before in a new message, unless text itself reopens it."""
    return open_markup(before) if before and text and not _NEW_BLOCK.match(text) else ""


def _parts(text: str, limit: int) -> Iterator[_Part]:
    start, carried = 0, Carried()
    while start < len(text):
        while not carried.fence and text.startswith("\n", start):
            start += 1
        opening, taken = _opening(text, start, carried)
        seen = start + limit - len(opening) - MOST_RESERVED
        room = limit - reserved(text, start, seen, carried) - len(opening) + taken
        window = opening + text[start + taken : start + room + 1]
        if len(text) - start <= room:
            cut, start = _last(window, len(opening), carried), len(text)
        else:
            cut = cut_full(window, len(opening))
            start += cut.at - len(opening) + taken
        yield _Part(window, len(opening), cut, start)
        carried = cut.carried


def _opening(text: str, start: int, carried: Carried) -> tuple[str, int]:
    """Return the markup that opens a message, and how much of the text it already includes."""
    lead, taken = carried.lead, 0
    if carried.marks and not lead and not carried.fence:
        found = LEAD.match(text, start)
        lead = found[0] if found else ""
        taken = len(lead)
    opening = carried.quote + carried.head + lead + "".join(carried.marks) + carried.fence
    return opening, taken


def _last(window: str, opened: int, carried: Carried) -> Cut:
    """Return how the last message ends: with code blocks and reopened markup closed."""
    if carried.marks or FENCE in window:
        return Window(window, opened).end(has_marks=bool(carried.marks))
    return Cut(len(window), "", Carried())


def _compose(part: _Part) -> str:
    body, closing = part.window[: part.cut.at], part.cut.closing
    if not body[part.opened :].strip():
        return ""
    if part.cut.carried.fence:
        return body.removesuffix("\n") + closing
    body = body.rstrip()
    is_run = body.endswith("`") and closing.startswith("`")  # joined, they would be another mark
    return body + " " * is_run + closing
