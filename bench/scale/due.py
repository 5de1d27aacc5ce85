"""Many reminders that are due in the same second, while people ask."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bench.scale.bursts import PATIENCE_S, SHARDS_EACH, settled
from bench.scale.guild import Guild
from bench.scale.lean_discord import LeanDiscord
from bench.scale.process import started, until
from bench.scale.world import Asked
from connectors.database.database import Database
from connectors.database.schema import jobs
from connectors.local_scheduler import Config, NewJob
from connectors.local_scheduler.rows import row_of

DUE_IN_S = 5.0
ASK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Due:
    """Times in s after the reminders were due, and of ``/ask`` meanwhile; CPU in ms for each."""

    count: int
    processes: int
    refused: int
    lost: int
    last: float
    acknowledged_p99: float
    words_p50: float
    words_p99: float
    cpu: float


async def due(count: int, processes: int, database_url: str) -> Due:
    """Make so many reminders due at once, each in a channel of its own."""
    discord = LeanDiscord(
        [Guild(channels=20) for _ in range(20)], 1 if processes == 1 else processes * SHARDS_EACH
    )
    await discord.start()
    try:
        async with AsyncExitStack() as running:
            environ = {"DATABASE_URL": database_url}
            bots = [
                await running.enter_async_context(started(discord, "bot", environ))
                for _ in range(processes)
            ]
            await settled(discord)
            due_at = time.monotonic() + DUE_IN_S
            await _keep(count, database_url)
            begun_s, refused = sum(bot.cpu_s for bot in bots), discord.refused
            asked = await _ask_until(discord, count, due_at)
            used_s = sum(bot.cpu_s for bot in bots) - begun_s
            return _figures(discord, count, processes, asked, due_at, refused, used_s)
    finally:
        await discord.aclose()


async def _keep(count: int, database_url: str) -> None:
    now, due = datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=DUE_IN_S)
    rows = [row_of(_reminder(number, due), now) for number in range(1, count + 1)]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Config(Path(folder), database_url))
        await database.run(lambda c: c.execute(insert(jobs), rows))
        await database.aclose()


def _reminder(number: int, due: datetime) -> NewJob:
    text = {"text": f"Water the plants, number {number}"}
    return NewJob(
        kind="reminder", owner_id=number, channel_id=10_000 + number, next_run=due, payload=text
    )


async def _ask_until(discord: LeanDiscord, count: int, due_at: float) -> list[Asked]:
    """Ask now and then until all reminders have come, and wait for the answers."""
    asked = list[Asked]()
    while len(discord.posted) < count and time.monotonic() < due_at + PATIENCE_S:
        asked += await discord.ask(1)
        await asyncio.sleep(ASK_EVERY_S)
    await until(lambda: all(one.ended_at or one.is_late for one in asked), PATIENCE_S)
    return asked


def _figures(
    discord: LeanDiscord,
    count: int,
    processes: int,
    asked: list[Asked],
    due_at: float,
    refused: int,
    used_s: float,
) -> Due:
    taken = sorted(a.acknowledged_at - a.at for a in asked if a.acknowledged_at)
    words = sorted(a.words_at - a.at for a in asked if a.words_at)
    return Due(
        count,
        processes,
        discord.refused - refused,
        count - len({channel_id for _, channel_id, _ in discord.posted}),
        max(at for at, *_ in discord.posted) - due_at,
        taken[int(len(taken) * 0.99)],
        statistics.median(words),
        words[int(len(words) * 0.99)],
        used_s / count * 1000,
    )
