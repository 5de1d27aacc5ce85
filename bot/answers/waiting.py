"""The note that a model is thinking, shown until its first word."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import chain, count

from bot.answers import texts
from bot.providers.generation import Generation

# Early enough to offer a Stop button, then less and less often, because each is an edit.
FIRST_S = (5, 10, 20, 30, 45, 60, 90)
THEN_EVERY_S = 60
_NOTE = re.compile(r"(?:\A|\n)-# .{1,80} is thinking… \(\d+ (?:s|min)\)\s*\Z")


def note(label: str, waited_s: int) -> str:
    """Return the note for a provider's label after waited_s seconds."""
    waited = f"{waited_s} s" if waited_s < 120 else f"{waited_s // 60} min"
    return texts.THINKING.format(label=label or texts.ANY_MODEL, waited=waited)


def without_note(content: str) -> str:
    """Return a message's content without such a note."""
    return _NOTE.sub("", content).removesuffix(texts.STILL_THINKING).rstrip("\n")


async def tell(
    show: Callable[[str], None],
    generation: Callable[[], Generation],
    *,
    left_s: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Show the note until the model begins to write; after left_s, a last one that stays true."""
    waited = 0.0
    for moment in chain(FIRST_S, count(FIRST_S[-1] + THEN_EVERY_S // 2, THEN_EVERY_S)):
        await sleep(max(min(moment, left_s) - waited, 0.0))
        if generation().has_begun:
            return
        if moment >= left_s:
            show(texts.STILL_THINKING)
            return
        waited = moment
        show(note(generation().label, moment))
