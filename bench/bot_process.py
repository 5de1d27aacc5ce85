"""A bot as a process of its own, with the sandbox's Discord and a scripted model beside it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.answers.buttons import Button
from bot.sandbox.discord_server import Channel, DiscordServer, Interaction, Message
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


ABI = Program("bot", lambda message, _: any(map(is_again, message.buttons())))


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
