"""A bot as a process of its own, beside the lean Discord."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bench.scale.lean_discord import TOKEN, LeanDiscord


class BotProcess:
    """One bot: what it has used of the machine, and when it is ready."""

    def __init__(
        self, discord: LeanDiscord, module: str, data_dir: str, environ: Mapping[str, str]
    ) -> None:
        own = {
            "PATH": os.environ["PATH"],
            "DISCORD_BOT_TOKEN": TOKEN,
            "DISCORD_API_URL": discord.api_url,
            "OPENAI_API_KEY": "bench",
            "OPENAI_BASE_URL": discord.model_url,
            "OPENAI_MODEL": "bench",
            "ABI_DATA_DIR": data_dir,
            "ABI_LOG_LEVEL": "ERROR",
        }
        self._collected = Path(data_dir, "collected")
        command = [sys.executable, "-m", "bench.scale.child", str(self._collected), module]
        self._process = subprocess.Popen(  # noqa: S603
            command, env=own | dict(environ), stderr=subprocess.DEVNULL
        )

    @property
    def cpu_s(self) -> float:
        """The seconds of CPU that it has used, with all threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def collect(self) -> None:
        """Have it collect all garbage."""
        self._collected.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        await until(self._collected.exists, 60.0)

    def memory_mib(self, field: str = "VmRSS") -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split(f"{field}:")[1].split()[0]) / 1024

    async def stop(self) -> None:
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)


@asynccontextmanager
async def started(
    discord: LeanDiscord, module: str = "bot", environ: Mapping[str, str] | None = None
) -> AsyncIterator[BotProcess]:
    """Start a bot and wait until one shard accepts commands; stop it at the end."""
    with tempfile.TemporaryDirectory() as data_dir:
        bot = BotProcess(discord, module, data_dir, environ or {})
        try:
            await until(lambda: discord.gateway.shards and discord.commands, 30.0)
            yield bot
        finally:
            await bot.stop()


async def until(condition: Callable[[], object], timeout_s: float) -> bool:
    """Wait until a condition holds; return whether it does."""
    ends_at = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < ends_at:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.02)
    return bool(condition())
