"""One bot as people run it: real processes to kill, a database, Discord and a model."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import text

from bot.sandbox.discord_server import Channel, DiscordServer, Message, User
from bot.sandbox.model_server import ModelServer
from connectors.database.database import Database
from connectors.database.errors import DatabaseUnavailable
from connectors.local_scheduler import Config, Job, LocalScheduler, NewJob, State
from tests.crash.program import PACE
from tests.discord_openapi.judge import Judge
from tests.processes import Forked, fork

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "program.py"
POLL_S = 0.05
IS_LONG = "SOAK_KILLS" in os.environ
STOPPED_WITHIN_S = 10.0
SAYS_WITHIN_S = 90.0


def in_short(database: str) -> pytest.MarkDecorator:
    """Run a test on both databases in the long form, and on one in the short."""
    found = ["sqlite", "postgresql"] if IS_LONG else [database]
    return pytest.mark.parametrize("database_url", found, indirect=True)


class BotProcess:
    """``python -m bot`` with a command in its own environment; ``log`` is its output so far."""

    def __init__(self, process: asyncio.subprocess.Process | Forked) -> None:
        self._process = process
        self._said = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self.log = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def says(self, words: str) -> None:
        """Wait until the log holds some words."""
        async with asyncio.timeout(SAYS_WITHIN_S):
            while words not in self.log:
                assert not self._reading.done(), f"it ended without saying {words!r}:\n{self.log}"
                self._said.clear()
                await self._said.wait()

    async def kill(self) -> None:
        """End it with kill -9."""
        if self.is_alive:
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def stop(self, within_s: float = STOPPED_WITHIN_S) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within_s):
            await self._process.wait()
        await self._reading
        return self._process.returncode or 0

    async def ends(self, within_s: float = SAYS_WITHIN_S) -> int:
        """Return the exit code once it has ended by itself."""
        async with asyncio.timeout(within_s):
            await self._process.wait()
        await self._reading
        return self._process.returncode or 0

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def _read(self) -> None:
        assert self._process.stderr is not None
        while line := await self._process.stderr.readline():
            self.log += line.decode(errors="replace")
            self._said.set()
        self._said.set()


class Installation:
    """An async context manager; every process that was started is ended with it."""

    def __init__(self, config: Config, *, rate_limits: bool = True) -> None:
        self.config = config
        self.discord = DiscordServer(rate_limits=rate_limits)
        self.model = ModelServer()
        self.judge = Judge()
        self.processes: list[BotProcess] = []
        self.ledger = LocalScheduler(config)
        self._database = Database(config)

    async def __aenter__(self) -> Self:
        await self.discord.start()
        await self.model.start()
        self.judge.attach(self.discord)
        self.guild = self.discord.add_guild("Kitchen")
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes:
            await process.kill()
            # Shown by pytest where a test fails.
            log.warning("process %d said:\n%s", process.pid, process.log[-4000:])
        await self.ledger.aclose()
        await self._database.aclose()
        await self.model.aclose()
        await self.discord.aclose()
        assert self.judge.violations == []

    async def start(self, command: str = "scheduler", **environ: str) -> BotProcess:
        """Return a process that has just been started: wait for what it says or does."""
        # As after a minute: a bot that was killed sooner waits before it logs in again.
        for file in self.config.data_dir.glob("starts*.json"):
            file.unlink(missing_ok=True)
        process = BotProcess(await self._started(command, self._environ() | environ))
        self.processes.append(process)
        return process

    async def _started(
        self, command: str, environ: dict[str, str]
    ) -> asyncio.subprocess.Process | Forked:
        cwd = self.config.data_dir
        if not IS_LONG:
            return await fork([command], cwd=cwd, environ=environ, pace=PACE)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, str(PROGRAM), command),
            cwd=cwd,
            env=environ,
            stderr=asyncio.subprocess.PIPE,
        )

    async def start_ready(self, count: int) -> list[BotProcess]:
        """Return schedulers that look for what is due."""
        processes = [await self.start() for _ in range(count)]
        for process in processes:
            await process.says("Ready as")
        return processes

    async def start_bot(self, **environ: str) -> BotProcess:
        """Return a bot that is connected and takes commands."""
        process = await self.start("run", **environ)
        await process.says("Ready as")
        await process.says("Scheduler started.")
        await self.until(lambda: self.discord.commands)
        return process

    def _environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DISCORD_BOT_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DATABASE_URL": self.config.database_url or "",
            "ABI_DATA_DIR": str(self.config.data_dir),
            "ABI_FILES_LAST": "1",  # tests may run in a container
            "ABI_PROVIDER": "openai",
            "OPENAI_API_KEY": "sk-a-key",
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_MODEL": "sandbox-small",
            "ABI_OPENAI_PARALLEL": "200",
        }

    # Who and where

    def people(self, count: int) -> list[User]:
        """Add people to the server."""
        users = [self.discord.add_user(f"person{number}") for number in range(count)]
        for user in users:
            self.discord.add_member(self.guild, user)
        return users

    def channels(self, count: int) -> list[Channel]:
        """Add channels to the server."""
        return [self.discord.add_channel(self.guild, f"channel{number}") for number in range(count)]

    # What is promised

    async def keep(self, *jobs: NewJob) -> list[Job]:
        """Write jobs into the ledger."""
        return await asyncio.gather(*(self.ledger.add(job) for job in jobs))

    async def keep_due(self, count: int, *, first: int = 0) -> list[str]:
        """Write reminders that are due now, of 20 people, and return their texts.

        Five go to each channel: as many as Discord takes there at once.
        """
        people, channels = self.people(20), self.channels(-(-count // 5))
        texts = [f"job {first + number}" for number in range(count)]
        await self.keep(
            *(
                reminder(people[number % 20], channels[number // 5], words)
                for number, words in enumerate(texts)
            )
        )
        return texts

    async def job(self, job: Job) -> Job:
        """Return a job as it is now."""
        found = await self.ledger.get(job.id)
        assert found is not None
        return found

    async def rows(self, statement: str) -> list[Any]:
        """Return what the database itself says."""
        return await self._database.run(lambda c: list(c.execute(text(statement)).scalars()))

    async def change(self, statement: str) -> None:
        """Change rows behind everybody's back."""
        await self._database.run(lambda c: c.execute(text(statement)))

    async def passes(self, away: timedelta) -> None:
        """Move all that has happened into the past; Discord forgets its nonces meanwhile."""
        us = away // timedelta(microseconds=1)
        moved = ", ".join(f"{name} = {name} - {us}" for name in ("visible_at", "first_claimed_at"))
        await self.change(f"UPDATE jobs SET {moved}")  # noqa: S608
        for message in self.posts():
            message.nonce = None

    async def none_left(self, timeout_s: float = 60.0) -> None:
        """Wait until everything that is due is done, or waits for a person.

        What comes of a job counts as well: the notice that it is parked is due then, not before.
        """
        due = "state IN ('active', 'running') AND next_run <= :now_us"
        await self.until_none(f"SELECT 1 FROM jobs WHERE {due} LIMIT 1", timeout_s)  # noqa: S608

    async def job_is(self, job: Job, state: State) -> None:
        """Wait until a job is in a state."""
        await self.until_none(f"SELECT 1 FROM jobs WHERE id = '{job.id}' AND state != '{state}'")  # noqa: S608

    async def until_none(self, statement: str, timeout_s: float = 60.0) -> None:
        """Wait until the database finds nothing; while it is away it might.

        ``:now_us`` is the time at which it looks.
        """
        async with asyncio.timeout(timeout_s):
            while await self._finds(statement):  # noqa: ASYNC110 - other processes write the rows
                await asyncio.sleep(POLL_S)

    async def _finds(self, statement: str) -> bool:
        try:
            return bool(await self.rows(statement.replace(":now_us", str(time.time_ns() // 1000))))
        except DatabaseUnavailable:
            return True

    # What has come of it

    def posts(self) -> list[Message]:
        """Return what the bot has posted in channels and in direct messages, the oldest first."""
        return sorted(
            (
                message
                for channel in self.discord.world.channels.values()
                for message in channel.messages.values()
                if message.author is self.discord.bot_user and not message.ephemeral
            ),
            key=lambda message: message.id,
        )

    async def posted(self, count: int, timeout_s: float = 60.0) -> None:
        """Wait until there are so many messages of the bot."""
        await self.until(lambda: len(self.posts()) >= count, timeout_s)

    async def until(self, condition: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Wait for what Discord sees."""
        await self.discord.until(condition, timeout_s=timeout_s)

    def assert_once(self, texts: Iterable[str]) -> None:
        """Every reminder has come, and none of them twice."""
        posts, wanted = Counter(map(said, self.posts())), Counter(texts)
        assert posts == wanted, f"lost {sorted(wanted - posts)}, too often {sorted(posts - wanted)}"


def reminder(owner: User, channel: Channel | None, words: str, **facts: Any) -> NewJob:
    """Return a reminder that is due now."""
    asked: dict[str, Any] = {"next_run": datetime.now(UTC), "zone": "UTC"}
    return NewJob(
        kind="reminder",
        owner_id=owner.id,
        channel_id=None if channel is None else channel.id,
        payload={"text": words, "link": None},
        **asked | facts,
    )


def said(message: Message) -> str:
    """Return what a message reminds of."""
    return message.content.splitlines()[0].split(" ", 2)[-1]
