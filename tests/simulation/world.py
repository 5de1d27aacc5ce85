"""The world of a simulation: Discord, a model, a database, processes, and what they did."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import sqlite3
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bot.answers import record as answers
from bot.answers.keeping import CANCELLED
from bot.process.logs import SafeFormatter
from bot.sandbox.discord_server import Channel, DiscordServer, User
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.settings import Settings
from connectors import ConnectorError
from connectors.local_scheduler import Pace
from tests.simulation.clocks import Clock, here, true_s
from tests.simulation.database import Server
from tests.simulation.faults import Faults
from tests.simulation.loop import SimulatedLoop
from tests.simulation.machine import Machine
from tests.simulation.network import Model
from tests.simulation.promises import Promises
from tests.simulation.records import MARK
from tests.simulation.shards import Shards

# As slow as the promises allow, since each look of an idle process costs time.
PACE = Pace(poll_s=60.0, look_s=60.0, checkpoint_s=3.0)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise; ``kind`` is the same for the same promise."""

    kind: str
    detail: str
    at_s: float

    def __str__(self) -> str:
        return f"{stamp(self.at_s)} {self.kind}: {self.detail}"


class Row(NamedTuple):
    """A job of the ledger."""

    mark: str
    state: str
    reason: str


def stamp(at_s: float) -> str:
    days, rest = divmod(at_s, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{int(days)}d {int(hours):02}:{int(minutes):02}:{seconds:06.3f}"


class World:
    """Three people in two channels of one server."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        *,
        processes: int,
        bots: int,
        reads_content: bool,
        shards: int = 0,
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        self.loop = loop
        self.seed = seed
        self.reads_content = reads_content
        self.trace: list[tuple[float, str]] = []
        self.violations: list[Violation] = []
        self.graveyard: list[Any] = []
        self.deaths_s: list[float] = []
        self.healed_s: list[float] = []
        self.outside = copy_context()
        self.discord_clock = Clock()
        self.discord = DiscordServer(clock=self.discord_clock.time)
        self.discord.world.files.address = "http://files.test"
        self.model = Model()
        self.faults = Faults(random.Random(f"{seed} faults"), true_s, self.note)
        Server.faults, Server.clock = self.faults, Clock()
        self.database_clock = Server.clock
        self.settings = Settings(data_dir=folder)
        self.pace = PACE
        self.key = "sk-" + secrets.token_hex(12)
        if reads_content:
            self.discord.privileged_intents = MESSAGE_CONTENT
        guild = self.discord.add_guild("Kitchen")
        self.guild = guild
        self.channels = [self.discord.add_channel(guild, name) for name in ("general", "random")]
        self.people = [self.discord.add_user(name) for name in ("alice", "bob", "carol")]
        for user in self.people:
            self.discord.add_member(guild, user)
        self.shards = Shards(self, shards) if shards else None
        self.promises = Promises(self)
        self.model.asked = self.promises.talk.requested
        self._listen()
        self.machines = [Machine(self, index, index < bots, Clock()) for index in range(processes)]
        self.clocks = [machine.clock for machine in self.machines]

    def note(self, what: str) -> None:
        machine = here.get()
        who = f"process {machine.index}" if isinstance(machine, Machine) else "world"
        self.trace.append((true_s(), f"{who}: {what}"))

    def violate(self, kind: str, detail: str) -> None:
        self.violations.append(Violation(kind, detail, true_s()))
        self.trace.append((true_s(), f"VIOLATION {kind}: {detail}"))

    def revive(self, index: int) -> None:
        """Start a process again, unless it runs."""
        old = self.machines[index]
        if old.is_dead:
            self.machines[index] = Machine(self, index, old.takes_commands, old.clock)
            self.machines[index].start()
            self.note(f"process {index} starts")

    def ids(self) -> set[str]:
        """Return the ids of all jobs, without answers that were stored too late and dropped."""
        query = "SELECT id FROM jobs WHERE kind <> ? OR reason IS NOT ?"
        with closing(sqlite3.connect(self.settings.data_dir / "abi.db")) as connection:
            return {job_id for (job_id,) in connection.execute(query, [answers.KIND, CANCELLED])}

    def rows(self, kind: str) -> list[Row]:
        """Return what stands in the ledger about each job of a kind that has a mark."""
        with closing(sqlite3.connect(self.settings.data_dir / "abi.db")) as connection:
            query = "SELECT payload, state, reason FROM jobs WHERE kind = ?"
            rows = connection.execute(query, [kind]).fetchall()
        found = [(MARK.search(payload), state, reason) for payload, state, reason in rows]
        return [Row(mark[0], state, reason or "") for mark, state, reason in found if mark]

    def turns(self, channel_id: int, since: int, until: int) -> set[int]:
        """Return the turns of conversations in a channel between two ids."""
        with closing(sqlite3.connect(self.settings.data_dir / "abi.db")) as connection:
            query = "SELECT id FROM turns WHERE channel_id = ? AND id > ? AND id < ?"
            return {row[0] for row in connection.execute(query, [channel_id, since, until])}

    def dm(self, user: User) -> Channel:
        return self.discord.dm(user)

    def _listen(self) -> None:
        root = logging.getLogger()
        root.handlers = [_Listener(self)]
        root.setLevel(logging.INFO)
        self.loop.set_exception_handler(self._failed)

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.violate("an error nobody handled", f"{context.get('message')} {error!r}")


class _Listener(logging.Handler):
    """Reads every log line: some are errors of ours, and none may hold a secret."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._level = logging.INFO
        self._formatter = SafeFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        line = self._formatter.format(record).partition(" ")[2].partition(" ")[2]
        line = line.replace(str(self._world.settings.data_dir), "data")
        world = self._world
        if record.levelno >= self._level:
            world.note(f"log: {line.splitlines()[0]}")
        if found := world.promises.secret_in(line):
            world.violate("a secret in the log", f"{found}: {line[:300]}")
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, ConnectorError):
            world.violate("an error of ours", f"{record.getMessage()}: {error!r}")
