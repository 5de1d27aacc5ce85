"""The bot of the sandbox: the real one, with a Discord, a model and a clock of the sandbox.

``python -m bot.sandbox.child FOLDER SECONDS`` stores what it keeps in a folder, and is so many
seconds ahead of the machine's clock. It reads from its standard input how far the clock is ahead
now, and ends when that is closed, since the sandbox has ended then. Nothing else reads this clock:
the bot of ``python -m bot`` has the machine's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace as replaced
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from msgspec.structs import replace

from bot import settings
from bot.app import Bot
from bot.process import logs
from bot.process.run import run
from bot.process.signals import STOP_WITHIN_S, leave_within, stop_on_signals
from bot.providers.preferences import Place
from bot.sandbox.clock import MOST_AHEAD_S, SandboxClock
from bot.sandbox.folder import PREFIX
from bot.sandbox.spawned import MODEL_URL
from connectors import PROVIDERS
from connectors.local_scheduler import Pace

if TYPE_CHECKING:
    from bot.settings import Settings
    from connectors import Connectors
    from connectors.provider import Provider

SCRIPTED = "sandbox"


def providers(base_url: str) -> dict[str, Provider]:
    """Return all providers, and the scripted one as the last: it answers if no other can."""
    scripted = replace(
        PROVIDERS["vllm"],
        name=SCRIPTED,
        label="Scripted model",
        base_url=base_url,
        key_env=(),
        url_env=(MODEL_URL,),
        model_env=(),
        model="sandbox-small",
    )
    return {**PROVIDERS, SCRIPTED: scripted}


class SandboxBot(Bot):
    """Reports once that it is ready, with the label of the provider that answers, or nothing."""

    def __init__(
        self,
        on_ready: Callable[[str], None],
        chosen: Settings,
        connectors: Connectors,
        *args: Any,
        clock: SandboxClock,
        **options: Any,
    ) -> None:
        connectors.transport.clock = clock  # or /doctor finds Discord's clock ahead of it
        super().__init__(chosen, connectors, *args, clock=clock, **options)
        self._on_ready = on_ready
        self._has_reported = False

    async def on_ready(self) -> None:
        self.when_ready = None  # the sandbox has a banner of its own
        await super().on_ready()
        if not self._has_reported:
            self._has_reported, provider = True, ""
            try:
                provider = await self._provider()
            finally:
                self._on_ready(provider)

    async def _provider(self) -> str:
        services = self.services
        await services.loaded()
        await services.catalog.look_for_local()
        nowhere = Place(1, channel_id=1, guild_id=None)
        name = (await services.routing.route(nowhere)).provider
        is_real = name in services.connectors.providers and name != SCRIPTED
        return services.connectors.providers[name].label if name and is_real else ""


def pace() -> Pace:
    """Return the scheduler's pace: a lease that moving the clock does not end.

    Where files cannot be locked, its end alone tells that a process is dead.
    """
    return Pace() if sys.platform == "win32" else Pace(lease_s=MOST_AHEAD_S)


def own(chosen: Settings, folder: Path) -> Settings:
    """Return the settings with a database of its own, deleted when the sandbox closes.

    Its people exist nowhere else, and reminders of the real bot must not be sent here.
    """
    return replaced(chosen, data_dir=folder, database_url=None, is_lasting=True, loss=None)


def follow(clock: SandboxClock, folder: Path, lines: TextIO) -> None:
    """Set the clock to what each line says; at their end, end the process with all it keeps."""
    for line in lines:
        clock.ahead_s = float(line)
    if folder.name.startswith(PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


async def _serve(folder: Path, clock: SandboxClock, environ: Mapping[str, str]) -> int:
    stop = asyncio.Event()
    undo = stop_on_signals(stop)
    asyncio.get_running_loop().set_exception_handler(logs.log_loop_errors)
    try:
        chosen = own(settings.load(environ), folder)
        logs.configure(chosen.log_level, chosen.log_format)
        made = partial(SandboxBot, _report, clock=clock)
        rows = providers(environ[MODEL_URL])
        return await run(made, chosen, environ, stop=stop, pace=pace(), providers=rows)
    except Exception as error:
        logs.log.error("Stopped by an unexpected error", exc_info=error)
        return 1
    finally:
        undo()


def _report(provider: str) -> None:
    sys.stdout.write(f"{provider}\n")
    sys.stdout.flush()


def main(folder: Path, ahead_s: float) -> int:
    clock = SandboxClock(ahead_s)
    following = threading.Thread(target=follow, args=(clock, folder, sys.stdin), daemon=True)
    following.start()
    return asyncio.run(_serve(folder, clock, os.environ))


if __name__ == "__main__":
    code = main(Path(sys.argv[1]), float(sys.argv[2]))
    leave_within(STOP_WITHIN_S, code)  # a thread that hangs must not hide that the bot has ended
    sys.exit(code)
