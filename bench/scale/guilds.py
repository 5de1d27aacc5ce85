"""The memory and time of a bot that is in many guilds."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass

from bench.scale.guild import Guild
from bench.scale.lean_discord import LeanDiscord
from bench.scale.process import started, until

# As many as Discord recommends for each shard, more or less.
GUILDS_EACH = 1_000
SIZES = {
    "small": {"channels": 10, "roles": 5, "emojis": 5},
    "large": {"channels": 50, "roles": 30, "emojis": 50},
}
SETTLE_S = 3.0
PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class InGuilds:
    """Times in s until all guilds are read, memory in MiB: then, and after a full collection."""

    guilds: int
    shards: int
    start: float
    cpu: float
    memory: float
    collected: float


async def in_guilds(count: int, size: str, module: str) -> InGuilds:
    """Start a bot that is in so many guilds."""
    shards = math.ceil(count / GUILDS_EACH)
    discord = LeanDiscord([Guild(**SIZES[size]) for _ in range(count)], shards)
    await discord.start()
    begun = time.perf_counter()
    try:
        async with started(discord, module) as bot:
            await until(lambda: discord.is_read, PATIENCE_S)
            start_s, cpu_s = time.perf_counter() - begun, bot.cpu_s
            await asyncio.sleep(SETTLE_S)
            memory = bot.memory_mib()
            await bot.collect()
            return InGuilds(count, shards, start_s, cpu_s, memory, bot.memory_mib())
    finally:
        await discord.aclose()
