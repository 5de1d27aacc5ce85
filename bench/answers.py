"""What a person waits for: the real bot, as a process of its own, against the sandbox's Discord and a scripted model.

    make bench                     three runs, medians, each beside its goal
    python -m bench.answers --runs 1

Discord's rate limits are on. Times are measured in this process, where both servers live: from the model's chunk to the
moment the words can be read in the channel. CPU and memory are the bot's own, as the kernel counts them.
"""

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


@dataclass(frozen=True, slots=True)
class Timed:
    """One answer: how long after the model's first and last chunk a person could read it, in ms.

    ``asked_ms`` is from the command to the model's first chunk.
    """

    asked_ms: float
    first_ms: float
    whole_ms: float


class Bench:
    """One bot process and its two servers."""

    def __init__(self, data_dir: str) -> None:
        self.discord = DiscordServer()
        self.model = ModelServer()
        self._data_dir = data_dir
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
        environ = {
            "PATH": os.environ["PATH"],
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_MODEL": "sandbox-small",
            "ABI_DATA_DIR": self._data_dir,
            "ABI_LOG_LEVEL": "ERROR",
        }
        begun = time.perf_counter()
        self._bot = subprocess.Popen([sys.executable, "-m", "bot"], env=environ)  # noqa: ASYNC220
        await self.discord.ready()
        seconds = time.perf_counter() - begun
        await self.discord.until(lambda: self.discord.commands, why="the commands")
        await self.answer(["warm-up"])
        return seconds

    async def aclose(self) -> None:
        if self._bot is not None:
            self._bot.terminate()
            await asyncio.to_thread(self._bot.wait)
        await self.model.aclose()
        await self.discord.aclose()

    async def answer(
        self, chunks: Sequence[str], channels: Sequence[Channel] = (), *, delay_s: float = DELAY_S
    ) -> list[tuple[Timed, Interaction]]:
        """Ask once in each of channels (in the first by default), all at once; wait for every end."""
        places = channels or self.channels[:1]
        self.model.requests.clear()
        self.model.log.clear()
        self.model.open_reply = Reply(chunks=chunks, delay_s=delay_s)
        begun = time.monotonic()
        asked = [
            await self.discord.slash(user, channel, "ask", {"prompt": f"question {n}"})
            for n, (channel, user) in enumerate(zip(places, self.people, strict=False))
        ]
        await self.discord.until(lambda: all(map(is_ended, asked)), timeout_s=60, why="the ends")
        served = {
            r["messages"][-1]["content"]: s
            for r, s in zip(self.model.requests, self.model.log, strict=True)
        }
        return [(timed(one, served[f"question {n}"], begun), one) for n, one in enumerate(asked)]

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mib(self) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def count_429(self) -> int:
        return sum(request.status == 429 for request in self.discord.requests)

    @property
    def _pid(self) -> int:
        assert self._bot is not None
        return self._bot.pid


def is_ended(interaction: Interaction) -> bool:
    return any(
        b["custom_id"].startswith(Button.AGAIN) for m in interaction.messages for b in m.buttons()
    )


def timed(interaction: Interaction, served: Served, begun: float) -> Timed:
    """Compare when the model sent with when the channel showed; both are seconds of this process."""
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
    runs = [asyncio.run(run_once()) for _ in range(parser.parse_args().runs)]
    return 0 if report(runs, sys.stdout.write) else 1


if __name__ == "__main__":
    sys.exit(main())
