"""Processes that share a gateway, in virtual time, with a table in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from bot.process.shards.gate import Gate
from bot.process.shards.holder import LEASE_S, Holder
from bot.storage.shard import Fleet, Key, Member, Shard
from connectors.database import DatabaseUnavailable
from tests.virtual_time import run

TOTAL = 12
EPOCH_S = 1_420_070_400.0  # of Discord's ids
CONNECTS_IN_S = 1.0
# Until it is known that a process is dead, as the ledger finds out.
DIES_IN_S = 1.5


class Table:
    """A stand-in for the database's table. While it is away, each look fails."""

    def __init__(self) -> None:
        self.shards: dict[Key, Shard] = {}
        self.members: dict[str, tuple[Member, float]] = {}
        self.is_away, self.takes_s = False, 0.01

    async def share(
        self,
        name: str,
        choose: Callable[[Fleet], Collection[Shard]],
        *,
        lease_us: int,  # noqa: ARG002 - its end is reckoned in the plan
        is_leaving: bool,
    ) -> Fleet:
        await asyncio.sleep(self.takes_s)
        if self.is_away:
            raise DatabaseUnavailable("the database does not answer")
        now_s = now()
        joined = self.members[name][0].joined_at if name in self.members else round(now_s * 1e6)
        self.members[name] = Member(name, joined, is_leaving), now_s
        members = [m for m, seen_s in self.members.values() if now_s - seen_s < LEASE_S]
        chosen = choose(Fleet(round(now_s * 1e6), list(self.shards.values()), members))
        self.shards = {shard.key: shard for shard in chosen}
        return Fleet(round(now_s * 1e6), chosen, members)

    async def leave(self, name: str, former: Collection[Key] = ()) -> None:
        self.members.pop(name, None)
        self.shards |= {key: replace(self.shards[key], cut=0) for key in former}
        for key, shard in self.shards.items():
            if shard.holder == name:
                self.shards[key] = replace(shard, holder=None)
            if shard.heir == name:
                self.shards[key] = replace(shard, heir=None)


class Connections:
    """Each part is connected after a second."""

    def __init__(self) -> None:
        self.ready: set[Key] = set()
        self.tasks: dict[Key, asyncio.Task[None]] = {}
        self.launched: list[Key] = []

    @property
    def keys(self) -> set[Key]:
        return {*self.ready, *self.tasks}

    def launch(self, key: Key) -> None:
        self.launched.append(key)
        self.tasks[key] = asyncio.create_task(self._launch(key))

    async def _launch(self, key: Key) -> None:
        await asyncio.sleep(CONNECTS_IN_S)
        self.ready.add(key)
        del self.tasks[key]

    async def end(self, key: Key) -> None:
        self.ready.discard(key)
        if key in self.tasks:
            self.tasks.pop(key).cancel()


class Process:
    """One process: its holder, and what it has answered."""

    def __init__(
        self,
        name: str,
        world: World,
        total: int = TOTAL,
        *,
        insists: bool = False,
        ahead_s: float = 0.0,
    ) -> None:
        self.gate = Gate(name, LEASE_S, read_clocks=lambda: (now(), now() + ahead_s))
        self.connections = Connections()
        table: Any = world.table
        connections: Any = self.connections
        given = table, connections, self.gate, total, lambda: None
        self.holder = Holder(*given, insists=insists, clock=now)
        self.task = asyncio.create_task(self.run())
        self.waiting: list[tuple[Key, dict[str, Any]]] | None = None

    def freeze(self) -> None:
        """Stop it: what arrives waits in its sockets."""
        self.waiting = []
        self.task.cancel()

    def thaw(self, answered: Counter[int]) -> None:
        arrived, self.waiting = self.waiting or [], None
        for key, data in arrived:
            self.hear(key, data, answered)
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.gate.beat_forever())
            tasks.create_task(self.holder.run())

    def hear(self, key: Key, data: dict[str, Any], answered: Counter[int]) -> None:
        if self.waiting is not None:
            self.waiting.append((key, data))
        elif key in self.connections.ready:
            self.gate.hear(key, lambda d: answered.update([int(d["id"])]), data)


class World:
    """Events of every part, ten times a second; each is to be answered once."""

    def __init__(self) -> None:
        self.table = Table()
        self.processes: dict[str, Process] = {}
        self.answered: Counter[int] = Counter()
        self.sent: dict[int, float] = {}
        self.number = 0
        self.ahead_s = 0.0  # of Discord's clock

    def start(self, *names: str, total: int = TOTAL, **more: Any) -> None:
        for name in names:
            self.processes[name] = Process(name, self, total, **more)

    async def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.task.cancel()
        await asyncio.sleep(DIES_IN_S)
        await self.table.leave(name)

    async def stop(self, name: str) -> None:
        process = self.processes[name]
        await process.holder.leave(5.5)
        process.task.cancel()
        await process.holder.give_up()
        del self.processes[name]

    async def talk(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            self.number += 1
            event_id = (round((now() + self.ahead_s - EPOCH_S) * 1000) << 22) + self.number
            self.sent[event_id] = now()
            for process in list(self.processes.values()):
                for key in sorted(process.connections.keys):
                    if self.number % key[0] == key[1]:
                        process.hear(key, {"id": str(event_id)}, self.answered)

    def twice(self) -> list[float]:
        return [self.sent[i] for i, times in self.answered.items() if times > 1]

    def lost(self, since_s: float, until_s: float) -> list[float]:
        sent = {i: s for i, s in self.sent.items() if since_s <= s < until_s}
        return [s for i, s in sent.items() if not self.answered[i]]

    def shares(self) -> list[int]:
        return sorted(Counter(s.holder for s in self.table.shards.values()).values())


def now() -> float:
    """Return the time: a day after Discord's beginning."""
    return EPOCH_S + 86_400.0 + asyncio.get_running_loop().time()


def virtually(story: Callable[[World], Awaitable[None]]) -> World:
    async def main() -> World:
        world = World()
        talking = asyncio.create_task(world.talk())
        await story(world)
        talking.cancel()
        for process in world.processes.values():
            process.task.cancel()
            with suppress(asyncio.CancelledError):
                await process.task
        return world

    return run(main())


def test_processes_that_start_in_the_same_second_share() -> None:
    async def story(world: World) -> None:
        world.start("a", "b", "c")
        await asyncio.sleep(10)
        assert world.shares() == [4, 4, 4]
        began_s = now()
        await asyncio.sleep(10)
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []


def test_processes_of_a_slow_database_share_too() -> None:
    async def story(world: World) -> None:
        world.table.takes_s = 0.7
        world.start("a", "b", "c")
        await asyncio.sleep(15)
        assert world.shares() == [4, 4, 4]

    assert virtually(story).twice() == []


def test_who_joins_and_who_leaves_makes_no_gap_and_no_second_answer() -> None:
    async def story(world: World) -> None:
        world.start("a", "b")
        await asyncio.sleep(10)
        began_s = now()
        world.start("c")
        await asyncio.sleep(15)
        assert world.shares() == [4, 4, 4]
        await world.stop("a")
        assert world.shares() == [6, 6]
        await asyncio.sleep(10)
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []


def test_a_dead_process_is_replaced_within_five_seconds() -> None:
    async def story(world: World) -> None:
        world.start("a", "b", "c")
        await asyncio.sleep(10)
        died_s = now()
        await world.kill("b")
        await asyncio.sleep(20)
        assert world.shares() == [6, 6]
        assert world.lost(died_s + 5, now() - 1) == []

    assert virtually(story).twice() == []


def test_a_frozen_process_is_replaced_and_answers_nothing_when_it_wakes() -> None:
    async def story(world: World) -> None:
        world.start("a", "b", "c")
        await asyncio.sleep(10)
        world.processes["b"].freeze()
        froze_s = now()
        await asyncio.sleep(25)
        assert world.lost(froze_s + 15, now() - 1) == []
        assert world.shares() == [6, 6]
        world.processes["b"].thaw(world.answered)
        woke_s = now()
        await asyncio.sleep(15)
        assert world.shares() == [4, 4, 4]
        assert world.lost(woke_s, now() - 1) == []

    assert virtually(story).twice() == []


def test_while_the_database_is_away_everybody_goes_on_and_nothing_is_taken_afterwards() -> None:
    async def story(world: World) -> None:
        world.start("a", "b", "c")
        await asyncio.sleep(10)
        before, began_s = dict(world.table.shards), now()
        world.table.is_away = True
        await asyncio.sleep(60)
        world.table.is_away = False
        await asyncio.sleep(20)
        assert {k: s.holder for k, s in before.items()} == {
            k: s.holder for k, s in world.table.shards.items()
        }
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []


def test_more_shards_are_changed_to_without_a_gap(caplog: pytest.LogCaptureFixture) -> None:
    async def story(world: World) -> None:
        world.start("a", "b")
        await asyncio.sleep(10)
        began_s = now()
        world.start("c", total=16)
        await asyncio.sleep(40)
        assert {shard.total for shard in world.table.shards.values()} == {16}
        assert world.shares() == [5, 5, 6]
        assert world.lost(began_s, now() - 1) == []
        assert {key[0] for p in world.processes.values() for key in p.connections.keys} == {16}
        assert {p.holder.total for p in world.processes.values()} == {16}

    assert virtually(story).twice() == []
    assert caplog.messages == [], "nothing was lost to others"


def test_who_leaves_while_more_shards_are_prepared_hands_over() -> None:
    async def story(world: World) -> None:
        world.start("a", "b")
        await asyncio.sleep(10)
        began_s = now()
        world.start("c", total=16)
        await asyncio.sleep(2.2)
        assert {shard.since for shard in world.table.shards.values()} == {0, None}
        await world.stop("a")
        await asyncio.sleep(40)
        assert {shard.total for shard in world.table.shards.values()} == {16}
        assert world.shares() == [8, 8]
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []


def test_the_total_that_was_set_last_stays() -> None:
    async def story(world: World) -> None:
        world.start("a", "b")
        await asyncio.sleep(10)
        began_s = now()
        world.start("c", total=8, insists=True)
        await asyncio.sleep(60)
        assert {shard.total for shard in world.table.shards.values()} == {8}
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []


@pytest.mark.parametrize("ahead_s", [-20.0, 20.0])
def test_clocks_that_do_not_agree_lose_nothing(ahead_s: float) -> None:
    async def story(world: World) -> None:
        world.ahead_s = ahead_s
        world.start("a")
        world.start("b", ahead_s=3600.0)
        await asyncio.sleep(10)
        began_s = now()
        world.start("c", ahead_s=-3600.0, total=16)
        await asyncio.sleep(45)
        await world.stop("a")
        await asyncio.sleep(10)
        assert world.shares() == [8, 8]
        assert world.lost(began_s, now() - 1) == []

    virtually(story)


def test_who_starts_without_the_database_takes_its_share_once_that_answers() -> None:
    async def story(world: World) -> None:
        world.table.is_away = True
        world.start("a", "b")
        await asyncio.sleep(60)
        assert world.table.shards == {}
        world.table.is_away = False
        await asyncio.sleep(10)
        assert world.shares() == [6, 6]

    virtually(story)


def test_the_only_process_leaves_at_once() -> None:
    async def story(world: World) -> None:
        world.start("a")
        await asyncio.sleep(5)
        began_s = now()
        await world.stop("a")
        assert now() - began_s < 0.5
        assert world.table.members == {}

    virtually(story)


def connected_early(world: World, name: str) -> Process:
    """Start a process that has connected the only shard before it asks the database."""
    process = Process(name, world, total=1)
    process.gate.learn([Shard(1, 0, holder=name)])
    process.connections.ready.add((1, 0))
    world.processes[name] = process
    return process


def test_who_starts_right_after_a_kill_stays_connected_and_loses_nothing() -> None:
    async def story(world: World) -> None:
        world.start("a", total=1)
        await asyncio.sleep(10)
        dead = world.processes.pop("a")
        dead.task.cancel()
        process, began_s = connected_early(world, "b"), now()
        await asyncio.sleep(5)
        assert process.gate.is_undecided()
        await asyncio.sleep(10)
        assert process.connections.launched == []
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []


def test_who_starts_beside_a_living_process_stands_by() -> None:
    async def story(world: World) -> None:
        world.start("a", total=1)
        await asyncio.sleep(10)
        process, began_s = connected_early(world, "b"), now()
        await asyncio.sleep(10)
        assert not process.connections.keys
        assert world.lost(began_s, now() - 1) == []

    assert virtually(story).twice() == []
