"""Messages that are not for the bot, at a steady rate."""

from __future__ import annotations

import asyncio

from bench.scale.guild import Guild
from bench.scale.lean_discord import LeanDiscord
from bench.scale.process import started

STEP_S = 0.05


async def cpu_of_a_message_us(per_s: int, module: str, seconds: float) -> float:
    """Return the microseconds of CPU that each message costs the bot."""
    discord = LeanDiscord([Guild(channels=72) for _ in range(20)])
    await discord.start()
    try:
        async with started(discord, module) as bot:
            await asyncio.sleep(3.0)
            loop = asyncio.get_running_loop()
            begun, begun_s, sent = loop.time(), bot.cpu_s, 0
            while (passed_s := loop.time() - begun) < seconds:
                due = int(passed_s * per_s) - sent
                await discord.chat(due)
                sent += due
                await asyncio.sleep(STEP_S)
            return (bot.cpu_s - begun_s) / sent * 1e6
    finally:
        await discord.aclose()
