"""A bot as a process of its own, with the sandbox's Discord and a scripted model beside it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.watched_bot import NOTED_MS
from bot.answers.buttons import Button
from bot.sandbox.discord_server import Channel, DiscordServer, Message, User
from bot.sandbox.model_server import ModelServer, Reply, Served

CHUNKS = [f"word{n:03} is here. " for n in range(100)]
DELAY_S = 0.02


@dataclass(frozen=True, slots=True)
class Program:
    """A bot to measure: how to start it, and how to see in a message that an answer is whole."""

    module: str
    ends: Callable[[Message, str], bool]


def is_again(button: dict[str, Any]) -> bool:
    return str(button["custom_id"]).startswith(Button.AGAIN)


def is_whole(message: Message, _: str) -> bool:
    return any(map(is_again, message.buttons()))


ABI = Program("bot", is_whole)
WATCHED = Program("bench.watched_bot", is_whole)


class Asked(Protocol):
    """A question, with the messages that answer it."""

    @property
    def messages(self) -> Sequence[Message]: ...


@dataclass(frozen=True, slots=True)
class Mention:
    """A question in a message that mentions the bot."""

    question: Message
    bot: User

    @property
    def messages(self) -> list[Message]:
        shown = list(self.question.channel.messages.values())
        return [m for m in shown if m.author is self.bot and m.reference is self.question]


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
        self._pauses = Path(data_dir, "pauses")
        self._bot: subprocess.Popen[bytes] | None = None

    async def start(self) -> float:
        """Start servers and bot; return the seconds until the bot's session is READY."""
        await self.discord.start()
        await self.model.start()
        self.guild = self.discord.add_guild("Bench")
        self.people: list[User] = []
        self.channels: list[Channel] = []
        self.welcome(50)
        begun = self.launch()
        await self.discord.ready()
        seconds = time.perf_counter() - begun
        await self.discord.until(lambda: self.discord.commands, why="the commands")
        await self.answer(["warm-up"])
        return seconds

    def welcome(self, count: int) -> None:
        """Add people, and a channel for each, until there are so many."""
        for n in range(len(self.people), count):
            self.people.append(self.discord.add_user(f"user{n}"))
            self.discord.add_member(self.guild, self.people[-1])
            self.channels.append(self.discord.add_channel(self.guild, f"channel-{n}"))

    def launch(self) -> float:
        """Start the bot's process and return when, by ``time.perf_counter``."""
        environ = {
            "PATH": os.environ["PATH"],
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_MODEL": "sandbox-small",
            "ABI_OPENAI_PARALLEL": "200",
            "ABI_LOG_LEVEL": "ERROR",
            "BENCH_PAUSES": str(self._pauses),
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
        self,
        chunks: Sequence[str],
        channels: Sequence[Channel] = (),
        *,
        delay_s: float = DELAY_S,
        ask: Callable[[User, Channel, str], Awaitable[Asked]] | None = None,
    ) -> list[tuple[Timed, Asked]]:
        """Ask once in each of channels (in the first by default), all at once.

        By ``/ask``, unless another way is given. Wait for every end.
        """
        ask = ask or self.slash
        places = channels or self.channels[:1]
        self.model.requests.clear()
        self.model.log.clear()
        self.model.open_reply = Reply(chunks=chunks, delay_s=delay_s)
        begun = time.monotonic()
        asked = [
            await ask(user, channel, f"question {n}")
            for n, (channel, user) in enumerate(zip(places, self.people, strict=False))
        ]
        text = "".join(chunks)
        await self.discord.until(
            lambda: all(self.is_ended(one, text) for one in asked), timeout_s=60, why="the ends"
        )
        served = {
            number_in(r["messages"][-1]["content"]): s
            for r, s in zip(self.model.requests, self.model.log, strict=True)
        }
        word = text.split()[0]
        return [(timed(one, served[n], begun, word), one) for n, one in enumerate(asked)]

    async def slash(self, user: User, channel: Channel, prompt: str) -> Asked:
        return await self.discord.slash(user, channel, "ask", {"prompt": prompt})

    async def mention(self, user: User, channel: Channel, prompt: str) -> Mention:
        return await self.reply(user, channel, prompt, None)

    async def reply(self, user: User, channel: Channel, prompt: str, to: Message | None) -> Mention:
        """Mention the bot in a reply to a message, or in a message of its own."""
        message = await self.discord.mention(user, channel, prompt, reply_to=to)
        return Mention(message, self.discord.bot_user)

    def is_ended(self, asked: Asked, text: str) -> bool:
        return any(self._program.ends(message, text) for message in asked.messages)

    def longest_pause_ms(self, since: float) -> float:
        """Return the longest pause of a watched bot's event loop since a ``time.monotonic()``."""
        lines = self._pauses.read_text().splitlines() if self._pauses.exists() else []
        pauses = [tuple(map(float, line.split())) for line in lines]
        return max((pause_ms for at, pause_ms, _ in pauses if at >= since), default=NOTED_MS)

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


def number_in(content: str) -> int:
    """Return the number of the question in a request's last message."""
    return int(re.findall(r"question (\d+)", content)[-1])


def timed(asked: Asked, served: Served, begun: float, word: str) -> Timed:
    """Compare when the model sent with when the channel showed, from its first word on.

    Both are seconds of this process.
    """
    assert served.first_at is not None
    assert served.last_at is not None
    offset = time.time() - time.monotonic()
    revisions = [revision for message in asked.messages for revision in message.revisions]
    first = min(at - offset for at, content in revisions if word in content)
    last = max(at - offset for at, content in revisions if content)
    return Timed(
        (served.first_at - begun) * 1000,
        (first - served.first_at) * 1000,
        (last - served.last_at) * 1000,
    )
