"""The choice of one process for an event that the sessions of several receive."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, Final

import msgspec

from bot.storage.shard import Key, Shard
from connectors.local_scheduler.running import Clocks, clocks

Parse = Callable[[dict[str, Any]], None]

BEAT_S: Final = 1.0
# For so long after a hand-over an id decides; after that everything is answered, whatever the
# clocks of others say: twice is prevented by the ledger, and lost would be lost.
DECIDES_S: Final = 4.0
# For so long whoever hands over stays connected, for what is older than the cut.
STAYS_S: Final = 6.0
# Older events are of no use: no first response is taken any more, and messages are looked for.
HELD_S: Final = 15.0


class Role(Enum):
    """The role of this process for a part of the gateway."""

    HOLDER = "holder"
    HEIR = "heir"
    FORMER = "former"  # it hands over


class Verdict(Enum):
    """The decision about an event here."""

    ANSWER = "answer"
    HOLD = "hold"  # until it can be decided
    DROP = "drop"  # somebody else answers


class Part(msgspec.Struct, frozen=True):
    """A part of the gateway that this process is connected to."""

    shard: Shard
    role: Role
    learned_s: float


class Waiting(msgspec.Struct, frozen=True):
    """An event that waits for a verdict."""

    event_id: int
    came_s: float
    parse: Parse
    data: dict[str, Any]


class Gate:
    """Decides on the events of a process, and keeps those that cannot be decided on yet.

    Nothing is answered once another process may have taken its parts: ``lease_s`` after the last
    ``beat`` of a process that did not run, or after they were ``renewed`` last. Without the
    database nobody takes anything, and it may ``go_on``.
    """

    def __init__(self, name: str, lease_s: float, *, read_clocks: Clocks = clocks) -> None:
        self.name, self._lease_s, self._clocks = name, lease_s, read_clocks
        self._beat_at = self._renewed_at = read_clocks()
        self._goes_on = True
        self._since: dict[int, tuple[int | None, float]] = {}
        self._waiting: dict[Key, deque[Waiting]] = {}
        self.parts: dict[Key, Part] = {}

    def beat(self) -> None:
        """Note that the process runs. After it slept, only what it learns from then on tells."""
        if self._passed_s(self._beat_at) < self._lease_s:
            self._beat_at = self._clocks()

    async def beat_forever(self) -> None:
        """Beat as long as the process runs, and no longer once it has slept."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_S)

    def renewed(self, asked_at: tuple[float, float], *, has_learned: bool) -> None:
        """Note that the leases were renewed, and whether it is known which ones are left.

        They last from when that was asked for.
        """
        if has_learned:
            self._beat_at = asked_at
        if self.is_awake() or has_learned:
            self._renewed_at, self._goes_on = asked_at, False

    def go_on(self) -> None:
        """Note that the database does not answer, and decide on what has waited for it."""
        self._goes_on = True
        self._decide_all()

    def is_awake(self) -> bool:
        """Return whether nobody else may have taken the parts of this process."""
        runs = self._passed_s(self._beat_at) < self._lease_s
        return runs and (self._goes_on or self._passed_s(self._renewed_at) < self._lease_s)

    def clocks(self) -> tuple[float, float]:
        """Return the time of both clocks of this machine."""
        return self._clocks()

    def _passed_s(self, since: tuple[float, float]) -> float:
        return max(now - then for now, then in zip(self._clocks(), since, strict=True))

    def learn(self, shards: Iterable[Shard]) -> None:
        """Take over what the database says, and decide on what has waited for it."""
        now_s, known = self._clocks()[0], {shard.key: shard for shard in shards}
        for shard in known.values():
            if self._since.get(shard.total, (None, 0.0))[0] != shard.since:
                self._since[shard.total] = shard.since, now_s
        parts = {key: self._part(shard, now_s) for key, shard in known.items()}
        self.parts = {key: part for key, part in parts.items() if part is not None}
        self._decide_all()

    def _part(self, shard: Shard, now_s: float) -> Part | None:
        before = self.parts.get(shard.key)
        role = self._role(shard, before)
        if role is None:
            return None
        if before is None or (before.role, before.shard.cut) != (role, shard.cut):
            return Part(shard, role, now_s)
        if role is Role.FORMER and now_s - before.learned_s > STAYS_S:
            return None
        return Part(shard, role, before.learned_s)

    def _role(self, shard: Shard, before: Part | None) -> Role | None:
        if shard.holder == self.name:
            return Role.HOLDER
        if shard.heir == self.name:
            return Role.HEIR
        if before is None or before.role is Role.HEIR or shard.holder is None:
            return None
        is_new = shard.cut > before.shard.cut
        is_same = before.role is Role.FORMER and shard.cut == before.shard.cut
        return Role.FORMER if is_new or is_same else None

    def is_undecided(self) -> bool:
        """Return whether all that is heard waits for what the database says."""
        return bool(self.parts) and all(part.shard.since is None for part in self.parts.values())

    def is_deciding(self) -> bool:
        """Return whether a part is being handed over, from here or to here."""
        return any(
            part.role is not Role.HOLDER or (part.shard.cut and self._decides(part.learned_s))
            for part in self.parts.values()
        )

    def hear(self, key: Key, parse: Parse, data: dict[str, Any]) -> None:
        """Answer an event of a part, by ``parse``, or keep it, or let others answer it."""
        event = Waiting(int(data["id"]), self._clocks()[0], parse, data)
        self._act(key, event)

    def _decide_all(self) -> None:
        now_s, waiting, self._waiting = self._clocks()[0], self._waiting, {}
        for key, events in waiting.items():
            for event in events:
                if now_s - event.came_s < HELD_S:
                    self._act(key, event)

    def _act(self, key: Key, event: Waiting) -> None:
        match self.verdict(key, event.event_id):
            case Verdict.ANSWER:
                event.parse(event.data)
            case Verdict.HOLD:
                self._waiting.setdefault(key, deque(maxlen=1000)).append(event)

    def verdict(self, key: Key, event_id: int) -> Verdict:
        """Return what becomes of an event of a part."""
        part = self.parts.get(key)
        since, learned_s = self._since.get(key[0], (None, 0.0))
        if part is None:
            return Verdict.DROP
        if not self.is_awake() or part.role is Role.HEIR or since is None:
            return Verdict.HOLD
        if part.role is Role.FORMER:
            return Verdict.ANSWER if event_id <= part.shard.cut else Verdict.DROP
        is_old = self._decides(part.learned_s) and event_id <= part.shard.cut
        is_of_before = self._decides(learned_s) and event_id <= since
        is_superseded = any(since < other < event_id for other, _ in self._holding())
        return Verdict.DROP if is_old or is_of_before or is_superseded else Verdict.ANSWER

    def _holding(self) -> Iterable[tuple[int, float]]:
        return ((since, at_s) for since, at_s in self._since.values() if since is not None)

    def _decides(self, since_s: float) -> bool:
        return self._clocks()[0] - since_s < DECIDES_S
