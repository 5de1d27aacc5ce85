"""The pace of answers that are posted to channels: they share Discord's limits, finals first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.discord import DiscordRest

# A channel takes about one edit a second. Of the global 50 a second, 15 are left for what is no
# preview: first words, ends, reminders.
CHANNEL_SHARE = 1.2
PREVIEWS_PER_S = 35.0
YIELD_S = 0.3


class Traffic:
    """All answers that this process posts to channels."""

    def __init__(self, rest: DiscordRest) -> None:
        self.rest = rest
        self.writing: Counter[int] = Counter()
        self.ending: Counter[int] = Counter()


class Lane:
    """The share of one answer in the traffic of its channel."""

    def __init__(self, traffic: Traffic, channel_id: int) -> None:
        self._traffic = traffic
        self._channel_id = channel_id
        self._is_ending = False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Count the answer while it is written."""
        with _counted(self._traffic.writing, self._channel_id):
            yield

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Put the answer's end before what others only show meanwhile."""
        self._is_ending = True
        with _counted(self._traffic.ending, self._channel_id):
            yield

    def turn_s(self, pace_s: float) -> float:
        """Return how far apart its updates are, where one answer alone has ``pace_s``."""
        writing = self._traffic.writing
        here = CHANNEL_SHARE * max(writing[self._channel_id], 1)
        return max(pace_s * here, writing.total() / PREVIEWS_PER_S)

    def busy_s(self, *, is_new: bool) -> float:
        """Return how long to wait before its next request, as long as that can still change."""
        if self._traffic.ending[self._channel_id] and not self._is_ending:
            return YIELD_S
        if is_new:
            return self._traffic.rest.wait_to_create_s(self._channel_id)
        if self._is_ending:
            return 0.0  # it waits its turn: it does not change any more
        return self._traffic.rest.wait_to_edit_s(self._channel_id)


@contextmanager
def _counted(counter: Counter[int], key: int) -> Iterator[None]:
    counter[key] += 1
    try:
        yield
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]
