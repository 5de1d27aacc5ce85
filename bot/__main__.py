"""The command line: ``python -m bot`` and a word, ``run`` if there is none."""

from __future__ import annotations

import gc

from bot.process.signals import STOP_WITHIN_S, leave_on_signals, leave_within, stop_on_signals

if __name__ == "__main__":
    leave_on_signals()  # before the imports, which take long
    gc.disable()  # as bot.process.garbage does, which is imported below

import asyncio
import functools
import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING

from bot import settings
from bot.process import event_loop, logs, texts
from bot.process.garbage import collect_in_calm, importing
from connectors import PROVIDERS, ConnectorError, env_file

if TYPE_CHECKING:
    from connectors.local_scheduler import Pace

LINGER_S = 1.0
HELP_WORDS = frozenset({"-h", "--help", "help"})


def main(arguments: list[str], *, pace: Pace | None = None) -> int:
    """Return the exit code: 0 if stopped, 1 after an error, 2 if something must be set up first.

    ``pace`` shortens the scheduler's waits for tests, which cannot wait for a lease of 45 s.
    """
    if HELP_WORDS & set(arguments):
        sys.stdout.write(texts.HELP)
        return 0
    try:
        env_file.load()
        chosen = settings.load()
    except (env_file.EnvFileError, settings.SettingsError) as error:
        return _refuse(f"{error}\n")
    logs.configure(chosen.log_level, chosen.log_format)
    logs.log_uncaught()
    match arguments:
        case [] | ["run"]:
            return _run(chosen, pace)
        case ["scheduler"]:
            return _run(chosen, pace, is_bot=False)
        case ["doctor"]:
            return asyncio.run(_examine(chosen))
        case ["sandbox"]:
            # By its name, like a cog: nothing of the bot stands on the sandbox.
            code: int = import_module("bot.sandbox.run").main(chosen)
            return code
        case ["migrate"]:
            return _upkeep("migrate", chosen)
        case ["backup"]:
            return _upkeep("backup", chosen, None)
        case ["backup" | "restore" as word, file]:
            return _upkeep(word, chosen, file)
    return _refuse(texts.USAGE)


def _upkeep(word: str, chosen: settings.Settings, *arguments: str | None) -> int:
    # By its name, so that no other start loads SQLAlchemy.
    code: int = getattr(import_module("bot.process.upkeep"), word)(chosen, *arguments)
    return code


def _run(chosen: settings.Settings, pace: Pace | None, *, is_bot: bool = True) -> int:
    from connectors import discord

    if wrong := _misnamed():
        return _refuse(f"{wrong}\n")
    try:
        if is_bot and not discord.is_available() and not _is_guided():
            return 2
        config = discord.try_load()
    except (ConnectorError, env_file.EnvFileError) as error:
        said = error.summary if isinstance(error, ConnectorError) else str(error)
        return _refuse(f"{said.rstrip('.')}.\n")
    if config is None:
        return _refuse(texts.HOW_TO_SET_UP)
    config.close()
    with asyncio.Runner(loop_factory=event_loop.new_event_loop) as runner:
        code = runner.run(_until_stopped(chosen, pace, is_bot=is_bot))
    leave_within(LINGER_S, code)  # a thread may still wait for a database that does not answer
    return code


def _is_guided() -> bool:
    """Ask the person at the terminal for what is missing; return False if they end that.

    Return True where nobody can be asked.
    """
    from bot.process import first_run

    if not first_run.is_possible():
        return True
    is_set_up = first_run.guide(os.environ, first_run.Terminal())
    env_file.load()
    return is_set_up


async def _examine(chosen: settings.Settings) -> int:
    """Check everything, print what was found, and return the exit code."""
    from bot.app import Bot
    from bot.process import doctor

    code = await doctor.run(Bot, chosen, os.environ)
    leave_within(LINGER_S, code)  # a thread may still wait for a database that does not answer
    return code


def _misnamed() -> str:
    """Return what is wrong with a variable's name if nothing works without it; else log it."""
    from connectors.misnamed import misnamed

    found = misnamed(os.environ, PROVIDERS)
    has_provider = any(row.is_available() for row in PROVIDERS.values())
    for wrong in found:
        if wrong.row is None or not has_provider:
            return str(wrong)
        logs.log.warning("%s", wrong)
    return ""


async def _until_stopped(chosen: settings.Settings, pace: Pace | None, *, is_bot: bool) -> int:
    stop = asyncio.Event()
    undo = stop_on_signals(stop)  # before the imports, which take long
    asyncio.get_running_loop().set_exception_handler(logs.log_loop_errors)
    collecting = asyncio.create_task(collect_in_calm())
    try:
        run = _load(is_bot=is_bot)
        return await run(chosen, os.environ, stop=stop, pace=pace)
    except Exception as error:
        logs.log.error("Stopped by an unexpected error", exc_info=error)
        return 1
    finally:
        collecting.cancel()
        undo()


def _load(*, is_bot: bool) -> Callable[..., Awaitable[int]]:
    """Import and return what the process runs."""
    runs: Callable[..., Awaitable[int]]
    with importing():
        if is_bot:
            from bot.app import Bot
            from bot.process.run import run

            runs = functools.partial(run, Bot)
        else:
            from bot.process.scheduler import run as runs
    return runs


def _refuse(text: str) -> int:
    sys.stderr.write(text)
    return 2


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    code = main(sys.argv[1:])
    leave_within(STOP_WITHIN_S, code)  # a thread may still wait for a reply that never comes
    sys.exit(code)
