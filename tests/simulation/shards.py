"""A gateway that processes share: who answers which event, and for how long nobody holds a shard.

Their leases, gates and connections are the bot's own; only the lines have no sockets.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from bot.process.shards.connections import ANSWERED, Connections
from bot.process.shards.gate import HELD_S, Gate, Role
from bot.process.shards.holder import ALONE_S, LEASE_S
from bot.process.shards.sharding import HAND_OVER_WITHIN_S
from bot.process.shards.turns import Limits
from tests.simulation.clocks import true_s

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.app import Bot
    from bot.process.shards.gate import Parse
    from bot.storage.shard import Key
    from tests.simulation.machine import Machine
    from tests.simulation.world import World

LOOK_S = 1.0
UNHELD_S = 15.0
# Clocks of Discord and of the database that differ by more may have two processes answer.
AGREE_S = 0.4
# So long after it was told to stop, one that is alone answers at least.
GIVEN_UP_S = LEASE_S - ALONE_S
# What goes wrong explains what happens so long before it and after it.
BEFORE_S, AFTER_S = 10.0, 30.0


class Shards:
    """The promises of a gateway that is shared, and checks that they are kept."""

    def __init__(self, world: World, total: int) -> None:
        self._world = world
        world.discord.shards = total
        self._arrived: dict[int, float] = {}
        self._answered: dict[int, Machine] = {}
        self._unheld_s: Counter[Key] = Counter()
        self._wrong_clocks_s: list[float] = []
        self._troubles_s: list[float] = []  # when a process was dead, stood still or was cut off
        self._ends_s: list[float] = []  # when one that stops may hold nothing any more

    def arrived(self, name: str, data: dict[str, Any]) -> bool:
        """Note that a process has got an event; return whether its gate decides on it."""
        if name in ANSWERED:
            self._arrived.setdefault(int(data["id"]), true_s())
        return name in ANSWERED

    def answers(self, machine: Machine, data: dict[str, Any]) -> None:
        """Note that a process answers an event."""
        event_id, now = int(data["id"]), true_s()
        first = self._answered.setdefault(event_id, machine)
        # The line of a process that stood still holds what is older: the ledger knows its answer.
        is_old = now - self._arrived[event_id] > HELD_S and near(now, self._troubles_s)
        # Whoever succeeds one that died cannot know whether that had stored it: the ledger does.
        is_inherited = is_old or first.has_crashed
        # Whoever could hand over to nobody in time tells people that it restarts, until it ends.
        is_inherited |= any(now - m.stopped_s > HAND_OVER_WITHIN_S for m in (first, machine))
        is_excused = is_inherited or self._was_away(now) or near(now, self._wrong_clocks_s)
        if first is not machine and not is_excused:
            who = f"processes {first.index} and {machine.index}"
            self._world.violate("an event is answered twice", f"{event_id} by {who}")

    def grow(self, machines: Iterable[Machine]) -> None:
        """Have Discord recommend one more shard, as the first process that can finds out."""
        self._world.discord.shards += 1
        holders = (m.bot.sharding._holder for m in machines if m.bot and m.is_able)
        if holder := next(filter(None, holders), None):
            holder.total = self._world.discord.shards
            holder.look()

    async def watch(self) -> None:
        """Look every second at who holds what."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._look()

    def _look(self) -> None:
        world, now = self._world, true_s()
        bots = [machine for machine in world.machines if machine.takes_commands]
        if abs(world.discord_clock.time() - world.database_clock.time()) > AGREE_S:
            self._wrong_clocks_s.append(now)
        if any(machine.is_in_trouble for machine in bots):
            self._troubles_s.append(now)
        if any(now - machine.stopped_s > GIVEN_UP_S for machine in bots if not machine.is_dead):
            self._ends_s.append(now)
        able = [machine for machine in bots if machine.is_able and not self._was_away(now)]
        shards = {shard.key for machine in able for shard in machine.fleet}
        held = {key for machine in able for key in holds(machine)}
        # Whoever has taken a shard may have died before anybody looked.
        died = [machine for machine in bots if machine.bot and now - machine.died_s < 2 * LOOK_S]
        for key in (key for machine in died for key in holds(machine)):
            del self._unheld_s[key]
        self._unheld_s = Counter({key: self._unheld_s[key] + 1 for key in shards - held})
        for key, unheld_s in self._unheld_s.items():
            if unheld_s == UNHELD_S:
                world.violate("a shard is held by nobody", f"{key[1]} of {key[0]}")

    def check(self) -> None:
        """Check that each event that has arrived was answered, unless something went wrong."""
        wrong_s = self._troubles_s + self._wrong_clocks_s
        for event_id, at_s in self._arrived.items():
            # Who hears of it next looks for what was written in the last seconds of another one.
            is_late = any(abs(at_s - end_s) < 2 * LOOK_S for end_s in self._ends_s)
            is_excused = is_late or self._was_away(at_s) or near(at_s, wrong_s)
            if event_id not in self._answered and not is_excused:
                self._world.violate("an event is answered by nobody", f"{event_id} of {at_s:.1f} s")

    def _was_away(self, at_s: float) -> bool:
        """Return whether something went wrong with the database around that time."""
        away = self._world.faults.database_s
        return any(began - BEFORE_S < at_s < ended + AFTER_S for began, ended in away)


def near(at_s: float, wrong_s: list[float]) -> bool:
    return any(-BEFORE_S < at_s - wrong < AFTER_S for wrong in wrong_s)


def holds(machine: Machine) -> list[Key]:
    """Return what a process answers for, connected or about to be."""
    assert machine.bot is not None
    sharding = machine.bot.sharding
    parts = sharding._gate.parts if sharding._gate is not None else {}
    return [key for key, part in parts.items() if part.role is Role.HOLDER]


def begin_to_share(machine: Machine, bot: Bot) -> None:
    """Have a process share the gateway, as one with PostgreSQL does."""
    world, sharding = machine.world, bot.sharding
    shards = world.shards
    assert shards is not None

    def hear(key: Key, parse: Parse, data: dict[str, Any]) -> None:
        def answer(data: dict[str, Any]) -> None:
            shards.answers(machine, data)
            world.promises.talk.heard(machine, name_of(data), data)
            parse(data)

        gate.hear(key, answer, data)

    async def launch(_: object, number: int) -> None:
        line = machine.launch((bot.shard_count or 1, number))
        bot._AutoShardedClient__shards[number] = line  # type: ignore[attr-defined]

    gate = sharding._gate = Gate("", LEASE_S)
    vars(bot)["launch_shard"] = launch
    sharding._connections = Connections(bot, sharding._turns.wait, hear)
    total, starts = world.discord.shards, {"total": 1000, "remaining": 1000, "reset_after": 1000}
    sharding._turns._known = true_s(), Limits(total, "", starts | {"max_concurrency": 16})
    sharding._watch(gate.beat_forever())
    sharding._watch(sharding._share(gate, total))


def name_of(data: dict[str, Any]) -> str:
    return "INTERACTION_CREATE" if "token" in data else "MESSAGE_CREATE"
