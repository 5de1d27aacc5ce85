"""The choices made with /model: remembered, since each question needs them."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.providers.preferences import Scope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence

    from bot.providers.preferences import Place, Preference
    from bot.storage.preferences import Preferences

T = TypeVar("T")

# What another process has changed holds here after that long.
FRESH_S = 25.0
REMEMBERED = 5_000  # places
# Where more people have chosen for themselves, each is looked up.
PEOPLE = 500


class Remembered(Generic[T]):
    """Values that are read once for all who need them at the same time, and kept for a while."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._reading: dict[Hashable, asyncio.Task[T]] = {}

    async def of(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """Return what ``read`` returned lately for this key. Raise what it raises."""
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        reading = self._reading.get(key)
        if reading is None:
            reading = self._reading[key] = asyncio.create_task(self._read(key, read))
            reading.add_done_callback(_retrieve)
        return await asyncio.shield(reading)

    def forget(self) -> None:
        """Read everything anew, also what is being read right now."""
        self._kept.clear()
        self._reading.clear()

    async def _read(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        this = asyncio.current_task()
        try:
            found = await read()
            if self._reading.get(key) is this:
                self._kept[key] = (self._clock() + FRESH_S, found)
                self._kept.move_to_end(key)
                if len(self._kept) > REMEMBERED:
                    self._kept.popitem(last=False)
            return found
        finally:
            if self._reading.get(key) is this:
                del self._reading[key]


def _retrieve(reading: asyncio.Task[Any]) -> None:
    if not reading.cancelled():
        reading.exception()  # whoever asked may have left


class Choices:
    """Every method raises only DatabaseUnavailable, and ``choose`` InvalidValue."""

    def __init__(self, stored: Preferences, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stored = stored
        self._of_places: Remembered[Sequence[Preference]] = Remembered(clock)
        self._of_people: Remembered[Mapping[int, Preference] | None] = Remembered(clock)

    async def at(self, place: Place) -> list[Preference]:
        """Return the preferences that apply to a place, the one that wins first."""
        key = place.key(Scope.CHANNEL), place.key(Scope.SERVER)
        around = await self._of_places.of(key, lambda: self._stored.around(place))
        place_id, user_id = place.key(Scope.ME)
        read = lambda: self._stored.people_of(place_id, at_most=PEOPLE)  # noqa: E731
        people = await self._of_people.of(place_id, read)
        if people is None:
            return await self._stored.at(place)
        own = people.get(user_id)
        return [*filter(None, [own]), *around]

    async def read(self, place: Place) -> list[Preference]:
        """Return the preferences as they are stored at this moment."""
        return await self._stored.at(place)

    async def choose(self, place: Place, preference: Preference) -> None:
        """Set a preference; it replaces the one of the same scope."""
        try:
            await self._stored.choose(place, preference)
        finally:
            self._forget()

    async def forget(self, place: Place, scope: Scope) -> None:
        """Remove the preference of a scope, if there is one."""
        try:
            await self._stored.forget(place, scope)
        finally:
            self._forget()

    def _forget(self) -> None:
        self._of_places.forget()
        self._of_people.forget()
