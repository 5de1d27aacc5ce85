"""Comparison of the bot with ``bench/bare_bot.py``, in the figures that both have."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence

from bench.bot_process import CHUNKS, Bench, Program
from bot.sandbox.model_server import Reply

BARE = Program("bench.bare_bot", lambda message, text: message.content == text[:2000])
IDLE_S = 3.0
BURSTS = 3
# Of each figure the bare bot has too: at most how many times its own.
RATIOS = {
    "idle memory": ("MiB", None),
    "start to first command accepted": ("s", 1.2),
    "50 at once: question to first words": ("ms", 1.15),
    "50 at once: chunk to first words": ("ms", 1.15),
}


async def compare_once(program: Program, database_url: str = "") -> dict[str, float]:
    """Return the figures that both bots have, from the second start on."""
    with tempfile.TemporaryDirectory() as data_dir:
        bench = Bench(data_dir, program, database_url)
        try:
            await bench.start()
            await bench.stop()
            figures = {"start to first command accepted": await seconds_to_first_command(bench)}
            await bench.stop()
            bench.launch()
            await bench.discord.ready()
            await asyncio.sleep(IDLE_S)
            figures["idle memory"] = bench.memory_mib()
            await bench.answer(["warm-up"])
            bursts = [await bench.answer(CHUNKS, bench.channels) for _ in range(BURSTS)]
        finally:
            await bench.aclose()
    shown = [[one for one, _ in burst] for burst in bursts]
    figures["50 at once: chunk to first words"] = statistics.median(
        max(one.first_ms for one in fifty) for fifty in shown
    )
    figures["50 at once: question to first words"] = statistics.median(
        max(one.asked_ms + one.first_ms for one in fifty) for fifty in shown
    )
    return figures


async def seconds_to_first_command(bench: Bench) -> float:
    """Start the bot again, use a command as soon as it is READY; return when that was accepted."""
    begun = bench.launch()
    await bench.discord.ready()
    user, channel = bench.people[0], bench.channels[0]
    bench.model.open_reply = Reply(chunks=["At once."])
    asked = await bench.discord.slash(user, channel, "ask", {"prompt": "first"})
    await bench.discord.until(lambda: asked.is_answered, why="the first response")
    seconds = time.perf_counter() - begun
    await bench.discord.until(lambda: bench.is_ended(asked, "At once."), why="the end")
    return seconds


def report_ratios(
    ours: Sequence[dict[str, float]],
    bare: Sequence[dict[str, float]],
    write: Callable[[str], object],
) -> bool:
    """Write the medians beside the bare bot's; return whether every ratio is within its goal."""
    write(f"\n| {'beside a bare bot':46} | {'median':>10} | {'bare':>10} | ratio | goal |   |\n")
    write("| --- | ---: | ---: | ---: | ---: | --- |\n")
    met = True
    for figure, (unit, at_most) in RATIOS.items():
        one, other = (statistics.median(run[figure] for run in runs) for runs in (ours, bare))
        is_met = at_most is None or one / other <= at_most
        met = met and is_met
        value, beside = f"{one:.4g} {unit}", f"{other:.4g} {unit}"
        goal = f"≤ {at_most:g}" if at_most else ""
        mark = "" if is_met else "MISSED"
        write(
            f"| {figure:46} | {value:>10} | {beside:>10} | {one / other:.2f} | {goal} | {mark} |\n"
        )
    return met
