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
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.answers.buttons import Button
from bot.sandbox.discord_server import Channel, DiscordServer, Fault, Interaction, Message
from bot.sandbox.model_server import ModelServer, Reply, Served

CHUNKS = [f"word{n:03} is here. " for n in range(100)]
DELAY_S = 0.02
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
]


# Of each figure the bare bot has too: at most how many times its own.
RATIOS = {
    "idle memory": ("MiB", None),
    "start to first command accepted": ("s", 1.2),
    "50 at once: question to first words": ("ms", 1.15),
    "50 at once: chunk to first words": ("ms", 1.15),
}
IDLE_S = 3.0
BURSTS = 3


@dataclass(frozen=True, slots=True)
class Program:
    """A bot to measure: how to start it, and how to see in a message that an answer is whole."""

    module: str
    ends: Callable[[Message, str], bool]


ABI = Program("bot", lambda message, _: any(map(is_again, message.buttons())))
BARE = Program("bench.bare_bot", lambda message, text: message.content == text[:2000])


@dataclass(frozen=True, slots=True)
class Timed:
    """Times of one answer in ms.

    ``asked_ms`` is from the command to the model's first chunk; ``first_ms`` and ``whole_ms`` are
    from the model's first and last chunk to the moment a person can read it.
    """

    asked_ms: float
    first_ms: float
    whole_ms: float


class Bench:
    """One bot process and its two servers."""

    def __init__(self, data_dir: str, program: Program = ABI, database_url: str = "") -> None:
        self.discord = DiscordServer()
        self.model = ModelServer()
        self._program = program
        self._environ = {"ABI_DATA_DIR": data_dir, "DATABASE_URL": database_url}
        self._bot: subprocess.Popen[bytes] | None = None

    async def start(self) -> float:
        """Start servers and bot; return the seconds until the bot's session is READY."""
        await self.discord.start()
        await self.model.start()
        self.guild = self.discord.add_guild("Bench")
        self.people = [self.discord.add_user(f"user{n}") for n in range(50)]
        for user in self.people:
            self.discord.add_member(self.guild, user)
        self.channels = [self.discord.add_channel(self.guild, f"channel-{n}") for n in range(50)]
        begun = self.launch()
        await self.discord.ready()
        seconds = time.perf_counter() - begun
        await self.discord.until(lambda: self.discord.commands, why="the commands")
        await self.answer(["warm-up"])
        return seconds

    def launch(self) -> float:
        """Start the bot's process and return when, by ``time.perf_counter``."""
        environ = {
            "PATH": os.environ["PATH"],
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_MODEL": "sandbox-small",
            "ABI_LOG_LEVEL": "ERROR",
        }
        begun = time.perf_counter()
        self._bot = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", self._program.module], env=environ | self._environ
        )
        return begun

    async def stop(self) -> None:
        """Stop the bot and wait until its session is closed."""
        if self._bot is not None:
            self._bot.terminate()
            await asyncio.to_thread(self._bot.wait)
        await self.discord.until(lambda: not self.discord.gateway.is_ready, why="the end")

    async def aclose(self) -> None:
        await self.stop()
        await self.model.aclose()
        await self.discord.aclose()

    async def answer(
        self, chunks: Sequence[str], channels: Sequence[Channel] = (), *, delay_s: float = DELAY_S
    ) -> list[tuple[Timed, Interaction]]:
        """Ask once in each of channels (in the first by default), all at once.

        Wait for every end.
        """
        places = channels or self.channels[:1]
        self.model.requests.clear()
        self.model.log.clear()
        self.model.open_reply = Reply(chunks=chunks, delay_s=delay_s)
        begun = time.monotonic()
        asked = [
            await self.discord.slash(user, channel, "ask", {"prompt": f"question {n}"})
            for n, (channel, user) in enumerate(zip(places, self.people, strict=False))
        ]
        text = "".join(chunks)
        await self.discord.until(
            lambda: all(self.is_ended(one, text) for one in asked), timeout_s=60, why="the ends"
        )
        served = {
            r["messages"][-1]["content"]: s
            for r, s in zip(self.model.requests, self.model.log, strict=True)
        }
        return [(timed(one, served[f"question {n}"], begun), one) for n, one in enumerate(asked)]

    def is_ended(self, interaction: Interaction, text: str) -> bool:
        return any(self._program.ends(message, text) for message in interaction.messages)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        return self._memory_mib("VmHWM")

    def memory_mib(self) -> float:
        return self._memory_mib("VmRSS")

    def _memory_mib(self, field: str) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.split(f"{field}:")[1].split()[0]) / 1024

    def count_429(self) -> int:
        return sum(request.status == 429 for request in self.discord.requests)

    @property
    def _pid(self) -> int:
        assert self._bot is not None
        return self._bot.pid


def is_again(button: dict[str, Any]) -> bool:
    return str(button["custom_id"]).startswith(Button.AGAIN)


def timed(interaction: Interaction, served: Served, begun: float) -> Timed:
    """Compare when the model sent with when the channel showed.

    Both are seconds of this process.
    """
    assert served.first_at is not None
    assert served.last_at is not None
    offset = time.time() - time.monotonic()
    shown = [at - offset for m in interaction.messages for at, content in m.revisions if content]
    asked, first, last = served.first_at - begun, min(shown), max(shown)
    return Timed(asked * 1000, (first - served.first_at) * 1000, (last - served.last_at) * 1000)


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


def report(runs: Sequence[dict[str, float]], write: Callable[[str], object]) -> bool:
    """Write the medians beside the goals; return whether every goal is met."""
    write(f"| {'what':46} | {'median':>10} | {'goal':>10} |   |\n| --- | ---: | ---: | --- |\n")
    met = True
    for goal in GOALS:
        median = statistics.median(run[goal.figure] for run in runs)
        is_met = median <= goal.at_most
        met = met and is_met
        value, bound = f"{median:.4g} {goal.unit}", f"≤ {goal.at_most:g} {goal.unit}"
        write(f"| {goal.figure:46} | {value:>10} | {bound:>10} | {'' if is_met else 'MISSED'} |\n")
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
            runs.append(asyncio.run(run_once()))
        ours.append(asyncio.run(compare_once(ABI, chosen.database_url)))
        bare.append(asyncio.run(compare_once(BARE)))
    met = not runs or report(runs, sys.stdout.write)
    return 0 if report_ratios(ours, bare, sys.stdout.write) and met else 1


if __name__ == "__main__":
    sys.exit(main())
