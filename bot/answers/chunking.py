"""Pure: the text so far -> messages Discord accepts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import regex

MESSAGE_LIMIT = 2000  # characters of `content`, source: Discord, resources/message

FENCE = "```"
_CLOSING = "\n" + FENCE
_LANGUAGE = re.compile(
    r"[A-Za-z0-9_+\-.#]{0,32}(?=\n)"
)  # what Discord reads behind an opening fence
_PERHAPS_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]{0,32}\Z")
_SENTENCE_END = re.compile(r"[.!?…]['\")\]]*\s+|[。！？]+\s*")  # noqa: RUF001 - full stops of CJK
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")
# Markup that is dead when torn: <@1> <@&1> <#1> <:name:1> <a:name:1> <t:1:R> </command:1> <id:guide>
_MARKUP = re.compile(r"<(?:@|#|a?:|t:|/|id:)[^<>\s]{0,80}>")


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what to send, and where in the text it ends."""

    content: str
    end: int


@dataclass(frozen=True, slots=True)
class Fence:
    """One ``` in a text: its place, and the language if it opens a code block with one."""

    start: int
    end: int  # behind the whole opening line, where it opens one
    opening: str  # what opens the block again in the next message; empty for a closing fence


def split(text: str, *, limit: int = MESSAGE_LIMIT) -> list[str]:
    """Return text as messages of at most ``limit`` characters, none of them blank.

    Stable: all messages but the last stay what they are as text grows. Breaks at a paragraph, line,
    sentence, word or grapheme, in this order of liking; a code block that has to break is closed and opened
    again with its language. White space at a break is dropped, nothing else.
    """
    return [message.content for message in messages(text, limit=limit)]


def messages(text: str, *, limit: int = MESSAGE_LIMIT) -> Iterator[Message]:
    """Give what ``split`` returns, each message with the offset in text at which it ends."""
    start, opening = 0, ""
    while start < len(text):
        # The closing fence is always reserved: whether the rest still fits must not depend on
        # whether it happens to end inside a code block, or a full message could become whole again.
        room = limit - len(opening) - len(_CLOSING)
        fences = list(_fences(text, start, start + room + 1, inside=bool(opening)))
        if len(text) - start <= room:
            end = len(text)
        else:
            end = start + _break(
                text[start : start + room + 1], room, _shift(fences, -start), opening
            )
        still_open = _opening_at(fences, end, opening)
        content = _compose(text[start:end], opening, still_open)
        if content:
            yield Message(content, end)
        start, opening = end, still_open


def open_fence(text: str) -> str:
    """Return what opens again the code block that text ends in, with its language, or ``""``."""
    return _opening_at(list(_fences(text, 0, len(text), inside=False)), len(text), "")


def close_fence(text: str) -> str:
    """Return text with an open code block closed, so that something can stand below it."""
    return text.rstrip("\n") + _CLOSING if open_fence(text) else text


def _compose(body: str, opening: str, still_open: str) -> str:
    if not opening:
        body = body.lstrip("\n")
    if still_open:
        return opening + body.removesuffix("\n") + _CLOSING
    content = opening + body.rstrip()
    return content if content.strip() else ""


def _fences(text: str, start: int, stop: int, *, inside: bool) -> Iterator[Fence]:
    # Discord opens and closes a code block at every ```, wherever in a line it stands.
    at = text.find(FENCE, start, stop)
    while at >= 0:
        end = at + len(FENCE)
        opening = ""
        if not inside:
            language = _LANGUAGE.match(text, end, stop)
            opening = FENCE + (language[0] if language else "") + "\n"
            end = language.end() + 1 if language else end
        inside = not inside
        yield Fence(at, end, opening)
        at = text.find(FENCE, at + len(FENCE), stop)


def _shift(fences: list[Fence], by: int) -> list[Fence]:
    return [Fence(fence.start + by, fence.end + by, fence.opening) for fence in fences]


def _opening_at(fences: list[Fence], end: int, opening: str) -> str:
    for fence in fences:
        if fence.start >= end:
            break
        opening = fence.opening
    return opening


def _break(window: str, room: int, fences: list[Fence], opening: str) -> int:
    """Return where to end a message: above 0, at most room, decided by window alone.

    The window is one character longer than room, so that what follows the break is known.
    """
    torn = _untearable(window, fences)

    def whole(at: int) -> bool:
        return all(not start < at < end for start, end in torn)

    lines = [at + 1 for at in _all(window, "\n", room) if whole(at + 1)]
    outside = [at for at in lines if not _opening_at(fences, at, opening)]
    paragraphs = [at for at in outside if window[at - 2 : at] == "\n\n"]
    for places in (paragraphs, outside, lines):
        if places and places[-1] > room // 2:
            return places[-1]
    for pattern in (_SENTENCE_END, _SPACE):
        places = [m.end() for m in pattern.finditer(window, 0, room) if whole(m.end())]
        if places and places[-1] > room // 2:
            return places[-1]
    starts = [m.start() for m in _GRAPHEME.finditer(window)]
    return next((at for at in reversed(starts) if 0 < at <= room and whole(at)), room)


def _all(text: str, what: str, stop: int) -> Iterator[int]:
    at = text.find(what, 0, stop)
    while at >= 0:
        yield at
        at = text.find(what, at + 1, stop)


def _untearable(window: str, fences: list[Fence]) -> list[tuple[int, int]]:
    """Return the spans inside which no break may fall: fences with their line, mentions, backtick runs."""
    # One past an opening line is torn as well: a block that shows no code yet is no block to Discord.
    spans = [(f.start, f.end + 1 if f.opening else f.end) for f in fences]
    # Two fences in one run of backticks may part between them, a fence and a stray backtick may not.
    spans += [
        (a.end - 1, b.start + 1) for a, b in pairwise(fences) if 0 < b.start - a.end < len(FENCE)
    ]
    spans += [(m.start(), m.end()) for m in re.finditer(r"(?<!`)`{2}(?!`)", window)]
    spans += [m.span() for m in _MARKUP.finditer(window)]
    cut = window.rfind("<", max(0, len(window) - 80))
    if cut >= 0 and not re.search(r"[>\s]", window[cut:]):
        spans.append((cut, len(window) + 1))
    tail = len(window) - len(window.rstrip("`"))
    if 0 < tail < len(FENCE):  # may become a fence with what comes next
        spans.append((len(window) - tail, len(window) + 1))
    if fences and fences[-1].opening and _PERHAPS_LANGUAGE.match(window, fences[-1].start + 3):
        spans.append((fences[-1].start, len(window) + 1))
    return spans
