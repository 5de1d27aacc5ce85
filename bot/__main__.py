"""``python -m bot [run|scheduler|sandbox]``."""

from __future__ import annotations

from bot.process.signals import STOP_WITHIN_S, leave_on_signals, leave_within, stop_on_signals

if __name__ == "__main__":
    leave_on_signals()  # before all that takes time to load

import asyncio
import functools
import gc
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot import settings
from bot.process import logs
from connectors import PROVIDERS, ConnectorError, env_file

if TYPE_CHECKING:
    from connectors.local_scheduler import Pace

HOW_TO_SET_UP = """\
No Discord token is set. To get one:
  1. Open https://discord.com/developers/applications and make an application.
  2. Under Bot, press Reset Token and copy it.
  3. Put it into a file named .env beside this README: DISCORD_BOT_TOKEN=...
Just looking? `make sandbox` shows the whole bot in a browser, with no token and no account.
"""
USAGE = "Usage: python -m bot [run|scheduler|sandbox]\n"
HELP = f"""{USAGE}
  run         Run the bot; what happens without a word.
  scheduler   Do only what is due, such as reminders: no commands, beside a bot.
  sandbox     Show the whole bot in a browser, without a token or an account.
  --help      Print this.

Variables are read from the environment and from .env; .env.example lists them all.
`python -m connectors` shows what is set up and what answers.
"""
HELP_WORDS = frozenset({"-h", "--help", "help"})


def main(arguments: list[str], *, pace: Pace | None = None) -> int:
    """Return the exit code: 0 when stopped, 1 when a part of it failed, 2 when something is to be set up first.

    ``pace`` is how patiently jobs are done: a test that kills processes cannot wait for a lease of 45 s.
    """
    if HELP_WORDS & set(arguments):
        sys.stdout.write(HELP)
        return 0
    try:
        env_file.load()
        chosen = settings.load()
    except (env_file.EnvFileError, settings.SettingsError) as error:
        return _refuse(f"{error}\n")
    logs.configure(chosen.log_level)
    match arguments:
        case [] | ["run"]:
            return _run(chosen, pace)
        case ["scheduler"]:
            return _run(chosen, pace, is_bot=False)
        case ["sandbox"]:
            from bot.sandbox.run import main as run_sandbox

            return run_sandbox(chosen)
    return _refuse(USAGE)


def _run(chosen: settings.Settings, pace: Pace | None, *, is_bot: bool = True) -> int:
    from connectors import discord

    if wrong := _misnamed():
        return _refuse(f"{wrong}\n")
    try:
        config = discord.try_load()
    except ConnectorError as error:
        return _refuse(f"{error.summary}.\n")
    if config is None:
        return _refuse(HOW_TO_SET_UP)
    config.close()
    return asyncio.run(_until_stopped(chosen, pace, is_bot=is_bot))


def _misnamed() -> str:
    """Return what is wrong with the name of a variable that nothing works without; others are only logged."""
    from connectors.misnamed import misnamed

    found = misnamed(os.environ, PROVIDERS)
    has_provider = any(row.is_available() for row in PROVIDERS.values())
    for wrong in found:
        if wrong.row is None or not has_provider:
            return str(wrong)
        logs.log.warning("%s", wrong)
    return ""


async def _until_stopped(chosen: settings.Settings, pace: Pace | None, *, is_bot: bool) -> int:
    # The database's thread lets go of the interpreter at each statement, and would wait 5 ms for it.
    sys.setswitchinterval(0.001)
    stop = asyncio.Event()
    undo = stop_on_signals(stop)  # before what takes long to load
    asyncio.get_running_loop().set_exception_handler(logs.log_loop_errors)
    try:
        run = await _load(is_bot=is_bot)
        return await run(chosen, os.environ, stop=stop, pace=pace)
    except Exception as error:
        logs.log.error("Stopped by an unexpected error", exc_info=error)
        return 1
    finally:
        undo()


async def _load(*, is_bot: bool) -> Callable[..., Awaitable[int]]:
    """Import what the process runs, and beside it what its services need.

    aiohttp reads certificates when it is imported, and other threads can run meanwhile.
    """
    from bot.services import preload

    # Modules stay: looking for garbage while they are imported takes a fifth of a start.
    gc.disable()
    preloading = asyncio.get_running_loop().run_in_executor(None, preload)
    runs: Callable[..., Awaitable[int]]
    if is_bot:
        from bot.app import Bot
        from bot.process.run import run

        runs = functools.partial(run, Bot)
    else:
        from bot.process.scheduler import run as runs
    await preloading
    gc.freeze()
    gc.enable()
    return runs


def _refuse(text: str) -> int:
    sys.stderr.write(text)
    return 2


if __name__ == "__main__":
    code = main(sys.argv[1:])
    leave_within(STOP_WITHIN_S, code)  # a thread may still wait for an answer that never comes
    sys.exit(code)
