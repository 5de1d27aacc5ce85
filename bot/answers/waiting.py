"""The notes before the first word: the place in line, then that the model is thinking."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import chain, repeat

from bot.answers import texts
from bot.providers.generation import Generation

TICK_S = 1.0
# Early enough to offer a Stop button, then less and less often, because each is an edit.
FIRST_S = (5, 10, 20, 30, 45, 60, 90)
IN_LINE_S = (1, 5, 10, 15, 20, 30, 45, 60, 90)
THEN_EVERY_S = 60
NEAR = 3  # so near the front each step is told
_NOTE = re.compile(
    r"(?:\A|\n)-# (?:.{1,80} is thinking… \(\d+ (?:s|min)\)"
    r"|.{1,80} is busy: you are (?:next|number \d+) in line\.)\s*\Z"
)

Place = tuple[str, int]  # a provider's label, and the place in its line


def note(label: str, waited_s: int) -> str:
    """Return the note for a provider's label after waited_s seconds."""
    waited = f"{waited_s} s" if waited_s < 120 else f"{waited_s // 60} min"
    return texts.THINKING.format(label=label or texts.ANY_MODEL, waited=waited)


def note_in_line(place: Place) -> str:
    """Return the note for a place in line."""
    label, number = place
    where = texts.NEXT if number == 1 else texts.NUMBER.format(number=number)
    return texts.IN_LINE.format(label=label, where=where)


def without_note(content: str) -> str:
    """Return a message's content without such a note."""
    content = _NOTE.sub("", content)
    for last in (texts.STILL_THINKING, texts.STILL_IN_LINE):
        content = content.removesuffix(last)
    return content.rstrip("\n")


class Notes:
    """Decides each second whether there is a new note to show, from the first moment on."""

    def __init__(self) -> None:
        self._thinking_s = -1
        self._in_line_s = -1
        self._told: Place | None = None

    def next(self, label: str, place: Place | None) -> str | None:
        """Return what to show now, of a provider that is thinking or has no room yet, or None."""
        return self._thinking(label) if place is None else self._in_line(place)

    def _thinking(self, label: str) -> str | None:
        self._thinking_s += 1
        # At once nobody is in line: where a question goes is looked up before.
        self._in_line_s = -1 if self._thinking_s else 0
        has_left_line = self._told is not None and self._thinking_s == 1
        if not has_left_line and not _is_due(self._thinking_s, FIRST_S):
            return None
        self._told = None
        return note(label, self._thinking_s)

    def _in_line(self, place: Place) -> str | None:
        self._thinking_s = -1
        self._in_line_s += 1
        if not _is_due(self._in_line_s, IN_LINE_S) or not _is_news(self._told, place):
            return None
        self._told = place
        return note_in_line(place)


def _is_due(seconds: int, moments: tuple[int, ...]) -> bool:
    return seconds in moments or (seconds > moments[-1] and seconds % THEN_EVERY_S == 0)


def _is_news(told: Place | None, place: Place) -> bool:
    """Return whether a place differs enough from what was told: far behind, one step is little."""
    if told is None or told[0] != place[0]:
        return True
    step = abs(told[1] - place[1])
    return step > 0 and (place[1] <= NEAR or step * 4 >= told[1])


async def tell(
    show: Callable[[str], None],
    generation: Callable[[], Generation],
    *,
    left_s: float,
    place: Callable[[], Place | None] = lambda: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Show notes until the model begins to write; after left_s, a last one that stays true."""
    notes, waited = Notes(), 0.0
    for tick in chain((0.0,), repeat(TICK_S)):
        await sleep(max(min(tick, left_s - waited), 0.0))
        waited += tick
        if generation().has_begun:
            return
        if waited >= left_s:
            show(texts.STILL_THINKING if place() is None else texts.STILL_IN_LINE)
            return
        said = notes.next(generation().label, place())
        if said is not None:
            show(said)
