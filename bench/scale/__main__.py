"""Benchmark of what grows: guilds, questions at once, messages of others, reminders for later.

    python -m bench.scale                        everything, beside the bare bot where it has it
    python -m bench.scale guilds --counts 1 2500
    python -m bench.scale bursts --counts 50 1000
    python -m bench.scale bursts --processes 3 --database-url postgresql://localhost/bench
    python -m bench.scale messages
    python -m bench.scale reminders --counts 1 1000000
    python -m bench.scale due --counts 1000

``bench/scale/lean_discord.py`` takes the place of Discord and of the model; it enforces the 3 s
of a first response. CPU is the bot's process, as the kernel counts.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.scale.bursts import Burst, burst
from bench.scale.due import Due, due
from bench.scale.guilds import SIZES, InGuilds, in_guilds
from bench.scale.messages import cpu_of_a_message_us
from bench.scale.reminders import Pending, pending
from tests.postgres import running

BOTS = {"ours": "bot", "bare": "bench.bare_bot"}
COUNTS = {
    "guilds": (1, 500, 2500, 10_000),
    "bursts": (50, 500, 1000, 1500, 2000, 3000),
    "reminders": (1, 1000, 100_000, 1_000_000),
    "due": (1000,),
}
RATES = (200, 2000)
PARTS = ["guilds", "bursts", "messages", "reminders", "due"]


def head(*names: str) -> None:
    sys.stdout.write(f"\n| {' | '.join(names)} |\n|{' ---: |' * len(names)}\n")


def row(*values: Any) -> None:
    shown = (f"{value:.3g}" if isinstance(value, float) else str(value) for value in values)
    sys.stdout.write(f"| {' | '.join(shown)} |\n")
    sys.stdout.flush()


def guilds(counts: Sequence[int]) -> None:
    """Show the memory of each 1,000 beside the first count, too."""
    names = [field.name for field in dataclasses.fields(InGuilds)]
    head("bot", "size", *names, "MiB for each 1,000", "when collected")
    for size in SIZES:
        first = dict[str, InGuilds]()
        for count in counts:
            for name, module in BOTS.items():
                now = asyncio.run(in_guilds(count, size, module))
                row(name, size, *dataclasses.astuple(now), *_each(now, first.setdefault(name, now)))


def _each(now: InGuilds, first: InGuilds) -> tuple[float, float]:
    more = (now.guilds - first.guilds) / 1000 or math.inf
    return (now.memory - first.memory) / more, (now.collected - first.collected) / more


def bursts(counts: Sequence[int], **options: Any) -> None:
    """Show the bare bot's figures too, if there is one process: it shares nothing."""
    head("bot", *(field.name.replace("_", " ") for field in dataclasses.fields(Burst)))
    for count in counts:
        for name, module in BOTS.items():
            if name == "ours" or options["processes"] == 1:
                row(name, *dataclasses.astuple(asyncio.run(burst(count, module, **options))))


def messages(seconds: float) -> None:
    head("messages a second", *(f"{name}: CPU each, µs" for name in BOTS))
    for rate in RATES:
        row(rate, *(asyncio.run(cpu_of_a_message_us(rate, m, seconds)) for m in BOTS.values()))


def reminders(counts: Sequence[int]) -> None:
    head(*(field.name.replace("_", " ") for field in dataclasses.fields(Pending)))
    for count in counts:
        row(*dataclasses.astuple(asyncio.run(pending(count))))


def at_once(counts: Sequence[int]) -> None:
    """Show reminders that are due at once, in one process and in three with one PostgreSQL."""
    head(*(field.name.replace("_", " ") for field in dataclasses.fields(Due)))
    for count in counts:
        for processes in (1, 3):
            with (
                tempfile.TemporaryDirectory() as folder,
                running(Path(folder) / "postgres") as server,
            ):
                url = server.get_uri()
                row(*dataclasses.astuple(asyncio.run(due(count, processes, url))))


def main() -> None:
    parser = argparse.ArgumentParser(description="What grows, and by which law.")
    parser.add_argument("what", nargs="*", default=PARTS)
    parser.add_argument("--counts", type=int, nargs="+", help="how many at once, or pending")
    parser.add_argument("--model-s", type=float, default=0.0, help="how long an answer takes")
    parser.add_argument("--deadline-s", type=float, default=3.0, help="of a first response")
    parser.add_argument("--processes", type=int, default=1, help="that share a burst")
    parser.add_argument("--database-url", default="", help="of a burst; SQLite without it")
    parser.add_argument("--seconds", type=float, default=10.0, help="of messages at each rate")
    chosen = parser.parse_args()
    if "guilds" in chosen.what:
        guilds(chosen.counts or COUNTS["guilds"])
    if "bursts" in chosen.what:
        bursts(
            chosen.counts or COUNTS["bursts"],
            model_s=chosen.model_s,
            deadline_s=chosen.deadline_s,
            processes=chosen.processes,
            database_url=chosen.database_url,
        )
    if "messages" in chosen.what:
        messages(chosen.seconds)
    if "reminders" in chosen.what:
        reminders(chosen.counts or COUNTS["reminders"])
    if "due" in chosen.what:
        at_once(chosen.counts or COUNTS["due"])


if __name__ == "__main__":
    main()
