"""Many uses of ``/ask`` in one instant."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench.scale.guild import Guild
from bench.scale.lean_discord import LeanDiscord
from bench.scale.process import started, until
from bench.scale.world import Asked

SETTLE_S = 2.0
PATIENCE_S = 180.0


@dataclass(frozen=True, slots=True)
class Burst:
    """Times in s, CPU in ms for each question; ``lost`` have no end although they were taken."""

    count: int
    late: int
    lost: int
    acknowledged_p50: float
    acknowledged_p99: float
    acknowledging_cpu: float
    words_p50: float
    words_p99: float
    cpu: float


async def burst(count: int, module: str, model_s: float = 0.0) -> Burst:
    """Ask so often at once, in 1,000 channels of 20 servers, and wait for every end."""
    discord = LeanDiscord([Guild(channels=72) for _ in range(20)])
    await discord.start()
    discord.model_s = model_s
    try:
        async with started(discord, module) as bot:
            [warm_up] = await discord.ask(1)
            await until(lambda: warm_up.ended_at, 10.0)
            await asyncio.sleep(SETTLE_S)
            begun_s = bot.cpu_s
            asked = await discord.ask(count)
            await until(lambda: all(a.acknowledged_at or a.is_late for a in asked), PATIENCE_S)
            taken_s = bot.cpu_s
            await until(lambda: all(a.ended_at or a.is_late for a in asked), PATIENCE_S)
            return _figures(asked, taken_s - begun_s, bot.cpu_s - begun_s)
    finally:
        await discord.aclose()


def _figures(asked: Sequence[Asked], acknowledging_s: float, all_s: float) -> Burst:
    taken = sorted(a.acknowledged_at - a.at for a in asked if a.acknowledged_at)
    words = sorted(a.words_at - a.at for a in asked if a.words_at)
    return Burst(
        len(asked),
        sum(a.is_late for a in asked),
        sum(not (a.is_late or a.ended_at) for a in asked),
        *_percentiles(taken),
        acknowledging_s / len(asked) * 1000,
        *_percentiles(words),
        all_s / len(asked) * 1000,
    )


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    if not times:
        return float("inf"), float("inf")
    return statistics.median(times), times[int(len(times) * 0.99)]
