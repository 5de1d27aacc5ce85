from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot.process import texts
from bot.process.alone import alone
from bot.process.run import run
from bot.process.tasks import LongTasks
from bot.settings import Settings
from connectors.database import NewerDatabase

ENVIRON = {"DISCORD_BOT_TOKEN": "a.b.c"}
Act = Callable[["FakeBot", asyncio.Event], None]


class FakeBot:
    """A bot that fails at the login with ``error``, or runs until it is closed."""

    error: BaseException | None
    act: Act
    stop: asyncio.Event
    made: int

    def __init__(self, *_: object, **__: object) -> None:
        self.services = SimpleNamespace(tasks=LongTasks())
        type(self).made += 1

    async def run_until_closed(self) -> None:
        type(self).act(self, self.stop)
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Close nothing."""

    def is_ready(self) -> bool:
        return True


async def test_a_second_gateway_of_one_file_says_so_in_a_sentence_and_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.process.run.alone", partial(alone, overlap_s=0.0))
    settings, stop = Settings(data_dir=tmp_path), asyncio.Event()
    bot_class: Any = FakeBot
    async with alone(settings, stop):
        code = await run(bot_class, settings, ENVIRON, stop=stop)
    assert code == 2
    assert caplog.messages == [texts.TWO_GATEWAYS.format(file=settings.ledger.file)]


async def outcome(tmp_path: Path, error: BaseException | None, act: Act) -> int:
    """Return the exit code of a run; ``act`` is called when the bot logs in."""
    stop_event = asyncio.Event()

    class Made(FakeBot):
        made = 0
        stop = stop_event

    Made.error, Made.act = error, act
    bot_class: Any = Made
    code = await run(bot_class, Settings(data_dir=tmp_path), ENVIRON, stop=stop_event)
    assert Made.made == 1
    return code


def nothing(_bot: FakeBot, _stop: asyncio.Event) -> None:
    return


def stopping(_bot: FakeBot, stop: asyncio.Event) -> None:
    stop.set()


async def test_a_bot_that_is_told_to_stop_ends_with_0(tmp_path: Path) -> None:
    assert await outcome(tmp_path, None, stopping) == 0


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (discord.LoginFailure("no"), texts.LOGIN_REFUSED),
        (discord.PrivilegedIntentsRequired(None), texts.INTENTS_REFUSED),
    ],
)
async def test_what_only_a_person_can_repair_ends_with_2_and_says_how(
    tmp_path: Path, error: Exception, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert await outcome(tmp_path, error, nothing) == 2
    assert caplog.messages == [text]


async def test_a_database_that_turns_out_to_be_newer_ends_with_2(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def claim() -> None:
        raise NewerDatabase("the database at db:5432")

    def find_out(bot: FakeBot, _stop: asyncio.Event) -> None:
        bot.services.tasks.watch(asyncio.create_task(claim()))

    assert await outcome(tmp_path, None, find_out) == 2
    assert caplog.messages == [
        "The database cannot be used: the database at db:5432 was written by a newer version of"
        " Abi. Install that version again, or restore a backup from before the upgrade."
    ]


async def test_trouble_of_the_network_is_logged_and_does_not_end_the_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def stop_in_a_moment(_bot: FakeBot, stop: asyncio.Event) -> None:
        asyncio.get_running_loop().call_later(0.05, stop.set)

    assert await outcome(tmp_path, OSError("no route"), stop_in_a_moment) == 0
    assert caplog.messages == [
        "Could not connect to Discord, or stay connected: OSError: no route",
        "The last start failed. Trying again in 5 s.",
    ]


async def test_a_mistake_of_ours_ends_the_process(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        await outcome(tmp_path, KeyError("ours"), nothing)


async def test_a_cog_that_cannot_be_loaded_ends_the_process(tmp_path: Path) -> None:
    error = commands.ExtensionFailed("cogs.ask", ImportError("ours"))
    with pytest.raises(commands.ExtensionFailed):
        await outcome(tmp_path, error, nothing)


async def test_a_part_that_fails_ends_the_process_with_its_error(tmp_path: Path) -> None:
    async def fail() -> None:
        raise KeyError("the claims")

    def part_fails(bot: FakeBot, _stop: asyncio.Event) -> None:
        bot.services.tasks.watch(asyncio.create_task(fail()))

    with pytest.raises(KeyError, match="the claims"):
        await outcome(tmp_path, None, part_fails)


async def test_storage_that_does_not_last_is_said_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    settings = Settings(data_dir=tmp_path, loss="files are deleted here")
    stop = asyncio.Event()
    stop.set()
    bot_class: Any = FakeBot
    assert await run(bot_class, settings, ENVIRON, stop=stop) == 0
    assert caplog.messages == [
        "Reminders are off, and a restart loses answers in progress: files are deleted here"
    ]
