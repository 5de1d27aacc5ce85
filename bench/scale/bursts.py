"""Many uses of ``/ask`` in one instant."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.scale.guild import Guild
from bench.scale.lean_discord import DEADLINE_S, LeanDiscord
from bench.scale.process import BotProcess, started, until
from bench.scale.world import Asked

SHARDS_EACH = 4
SETTLE_S = 2.0
STEADY = 4  # times that all shards were found connected
PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True)
class Burst:
    """Times in s, CPU in ms for each question; ``lost`` have no end although they were taken.

    ``placed`` were shown a place in line; ``told`` is until the first note or word of a question.
    ``busiest`` is the share of the acknowledging CPU that one of the processes had, in percent.
    """

    count: int
    processes: int
    late: int
    lost: int
    acknowledged_p50: float
    acknowledged_p99: float
    placed: int
    told_p99: float
    acknowledging_cpu: float
    busiest: float
    words_p50: float
    words_p99: float
    cpu: float


async def burst(
    count: int,
    module: str,
    *,
    model_s: float = 0.0,
    deadline_s: float = DEADLINE_S,
    processes: int = 1,
    database_url: str = "",
) -> Burst:
    """Ask so often at once, in 1,000 channels of 20 servers, and wait for every end.

    Several processes share the shards by the database.
    """
    shards = 1 if processes == 1 else processes * SHARDS_EACH
    discord = LeanDiscord([Guild(channels=72) for _ in range(20)], shards)
    await discord.start()
    discord.model_s, discord.deadline_s = model_s, deadline_s
    environ = {"DATABASE_URL": database_url}
    try:
        async with AsyncExitStack() as running:
            bots = [
                await running.enter_async_context(started(discord, module, environ))
                for _ in range(processes)
            ]
            await settled(discord, len(discord.guilds))
            return await _asked_at_once(count, discord, bots)
    finally:
        await discord.aclose()


async def settled(discord: LeanDiscord, answers: int = 1) -> None:
    """Wait until no shard changes hands any more, and answers have loaded what is loaded late."""
    steady = 0
    while steady < STEADY:
        await asyncio.sleep(SETTLE_S)
        steady = steady + 1 if discord.is_read else 0
    for warm_up in await discord.ask(answers):
        await until(lambda asked=warm_up: asked.ended_at, 10.0)  # type: ignore[misc]  # its default is bound
    await asyncio.sleep(SETTLE_S)


async def _asked_at_once(count: int, discord: LeanDiscord, bots: Sequence[BotProcess]) -> Burst:
    begun_s = [bot.cpu_s for bot in bots]
    asked = await discord.ask(count)
    await until(lambda: all(a.acknowledged_at or a.is_late for a in asked), PATIENCE_S)
    taken_s = [bot.cpu_s - since for bot, since in zip(bots, begun_s, strict=True)]
    await until(lambda: all(a.ended_at or a.is_late for a in asked), PATIENCE_S)
    return _figures(asked, taken_s, sum(bot.cpu_s for bot in bots) - sum(begun_s))


def _figures(asked: Sequence[Asked], taken_s: Sequence[float], all_s: float) -> Burst:
    taken = sorted(a.acknowledged_at - a.at for a in asked if a.acknowledged_at)
    words = sorted(a.words_at - a.at for a in asked if a.words_at)
    told = sorted(at - a.at for a in asked if (at := a.line_at or a.words_at))
    return Burst(
        len(asked),
        len(taken_s),
        sum(a.is_late for a in asked),
        sum(not (a.is_late or a.ended_at) for a in asked),
        *_percentiles(taken),
        sum(a.line_at is not None for a in asked),
        _percentiles(told)[1],
        sum(taken_s) / len(asked) * 1000,
        max(taken_s) / sum(taken_s) * 100,
        *_percentiles(words),
        all_s / len(asked) * 1000,
    )


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    if not times:
        return float("inf"), float("inf")
    return statistics.median(times), times[int(len(times) * 0.99)]
