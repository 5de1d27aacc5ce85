"""Benchmark of what a person waits for, as the whole bot and beside a bare one.

    make bench                       three runs, medians, each beside its goal
    python -m bench.answers --runs 1
    python -m bench.answers --bare   only the comparison with bench/bare_bot.py

The bot is a process of its own; the sandbox's Discord, with its rate limits on, and a scripted
model run in this one. Unless a figure says otherwise, times run from the model's chunk to the
moment its words can be read in the channel. CPU and memory are the bot's, as the kernel counts.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import conversations
from bench.beside_bare import BARE, compare_once, report_ratios
from bench.bot_process import ABI, CHUNKS, Bench
from bot.sandbox.discord_server import Fault, Message

SECTION = "Some explanation of what comes next, in a sentence or two.\n\n```python\n{code}```\n\n"
BOOK = "".join(SECTION.format(code=f"value = compute({n}, 1)\n" * 30) for n in range(50))[:43_000]
FENCE = "```"


@dataclass(frozen=True, slots=True)
class Goal:
    figure: str
    unit: str
    at_most: float


GOALS = [
    Goal("start to READY", "s", 1.0),
    Goal("/ask until the model has the question", "ms", 25),
    Goal("one answer: first words", "ms", 150),
    Goal("one answer: whole text", "ms", 300),
    Goal("50 at once in 50 channels: first words", "ms", 300),
    Goal("50 at once: 429s received", "", 0),
    Goal("50 at once: CPU of an answer of 100 chunks", "ms", 24),
    Goal("50 at once: peak memory", "MiB", 110),
    Goal("10 at once in one channel: first words", "ms", 500),
    Goal("10 at once in one channel: whole text", "ms", 1000),
    Goal("43,000 characters: whole text", "ms", 1500),
    Goal("43,000 characters: broken code blocks", "", 0),
    Goal("three 429s on edits: words lost or doubled", "", 0),
    Goal(conversations.MENTION_TEN, "s", 6),
    Goal(conversations.MENTION_FIFTY, "s", 1.3),
    Goal(conversations.CPU_OF_MANY, "x", 1.3),
    Goal(conversations.PAUSE, "ms", 50),
    Goal(conversations.LONG, "ms", 5),
]


def broken_blocks(messages: Sequence[Message]) -> int:
    return sum(message.content.count(FENCE) % 2 for message in messages)


async def run_once() -> dict[str, float]:
    """Return every figure of one run."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as data_dir:
        bench = Bench(data_dir)
        try:
            figures["start to READY"] = await bench.start()
            await measure_asking(bench, figures)
            await measure_one(bench, figures)
            await measure_fifty(bench, figures)
            await measure_ten(bench, figures)
            await measure_book(bench, figures)
            await measure_429(bench, figures)
        finally:
            await bench.aclose()
    return figures


async def measure_asking(bench: Bench, figures: dict[str, float]) -> None:
    asked = [one for _ in range(30) for one, _ in await bench.answer(["At once."], delay_s=0.0)]
    figures["/ask until the model has the question"] = statistics.median(a.asked_ms for a in asked)


async def measure_one(bench: Bench, figures: dict[str, float]) -> None:
    [(one, _)] = await bench.answer(CHUNKS)
    figures["one answer: first words"] = one.first_ms
    figures["one answer: whole text"] = one.whole_ms


async def measure_fifty(bench: Bench, figures: dict[str, float]) -> None:
    before = bench.cpu_s()
    fifty = [one for one, _ in await bench.answer(CHUNKS, bench.channels)]
    figures["50 at once: CPU of an answer of 100 chunks"] = (bench.cpu_s() - before) / 50 * 1000
    figures["50 at once in 50 channels: first words"] = max(one.first_ms for one in fifty)
    figures["50 at once: 429s received"] = bench.count_429()
    figures["50 at once: peak memory"] = bench.peak_mib()


async def measure_ten(bench: Bench, figures: dict[str, float]) -> None:
    ten = [one for one, _ in await bench.answer(CHUNKS, bench.channels[:1] * 10)]
    figures["10 at once in one channel: first words"] = max(one.first_ms for one in ten)
    figures["10 at once in one channel: whole text"] = max(one.whole_ms for one in ten)


async def measure_book(bench: Bench, figures: dict[str, float]) -> None:
    chunks = [BOOK[i : i + 100] for i in range(0, len(BOOK), 100)]
    [(book, asked)] = await bench.answer(chunks, delay_s=0.01)
    assert asked.messages[-1].attachments[0].data.decode() == BOOK
    figures["43,000 characters: whole text"] = book.whole_ms
    figures["43,000 characters: broken code blocks"] = broken_blocks(asked.messages)


async def measure_429(bench: Bench, figures: dict[str, float]) -> None:
    fault = Fault(method="PATCH", path=r"/webhooks/.*", times=3, status=429, retry_after=0.5)
    bench.discord.inject(fault)
    [(_, asked)] = await bench.answer(CHUNKS)
    text = "".join(message.content for message in asked.messages)
    assert fault.seen == 3
    figures["three 429s on edits: words lost or doubled"] = sum(
        abs(text.count(chunk.split()[0]) - 1) for chunk in CHUNKS
    )


def report(runs: Sequence[dict[str, float]], write: Callable[[str], object]) -> bool:
    """Write the medians beside the goals; return whether every goal is met."""
    write(f"| {'what':57} | {'median':>10} | {'goal':>10} |   |\n| --- | ---: | ---: | --- |\n")
    met = True
    for goal in GOALS:
        median = statistics.median(run[goal.figure] for run in runs)
        is_met = median <= goal.at_most
        met = met and is_met
        value, bound = f"{median:.4g} {goal.unit}", f"≤ {goal.at_most:g} {goal.unit}"
        write(f"| {goal.figure:57} | {value:>10} | {bound:>10} | {'' if is_met else 'MISSED'} |\n")
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description="What a person waits for, and what it costs.")
    parser.add_argument("--runs", type=int, default=3, help="how often; medians are shown")
    parser.add_argument("--bare", action="store_true", help="only compare with the bare bot")
    parser.add_argument("--database-url", default="", help="of the comparison; default: SQLite")
    chosen = parser.parse_args()
    runs, ours, bare = [], [], []
    for _ in range(chosen.runs):
        if not chosen.bare:
            talk = asyncio.run(conversations.run_once())
            runs.append(asyncio.run(run_once()) | talk)
        ours.append(asyncio.run(compare_once(ABI, chosen.database_url)))
        bare.append(asyncio.run(compare_once(BARE)))
    met = not runs or report(runs, sys.stdout.write)
    return 0 if report_ratios(ours, bare, sys.stdout.write) and met else 1


if __name__ == "__main__":
    sys.exit(main())
