"""Keeps the sandbox's bot running: starts it, kills it on request, and starts it again."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from bot.process import console
from connectors.shared import exponential_backoff

if TYPE_CHECKING:
    from bot.sandbox.clock import SandboxClock
    from bot.sandbox.discord_server.objects import JSON

# Long enough to be seen.
PLUGGED_IN_AFTER_S = 2.0
FIRST_WAIT_MS, LONGEST_WAIT_MS = 2_000, 60_000
SETTLED_S = 60.0  # a bot that crashes after so long has not failed to start
PLUGGED = "You pulled the plug."
NOT_RUNNING = "The bot is not running at the moment."
CRASHED = "The bot has crashed ({reason}). It starts again in {wait_s:.0f} s.\n"


class BotState(msgspec.Struct, frozen=True):
    """The state of the bot's process, its reason, and when it starts again."""

    state: Literal["starting", "running", "killed", "crashed"]
    reason: str = ""
    again_in_s: float | None = None


class Child(Protocol):
    """One process of the bot."""

    async def wait(self) -> str:
        """Wait for its end, and return why it ended, in a few words."""

    def kill(self) -> None:
        """End it at once, without giving it time for anything."""

    def tell(self, ahead_s: float) -> None:
        """Tell it how far the clock is ahead; one that has ended is not told."""


# Called with what to call once the bot is ready, with the label of the provider that answers.
Launch = Callable[[Callable[[str], None]], Awaitable[Child]]


class Supervisor:
    """Runs one bot after another until it is closed."""

    def __init__(
        self,
        launch: Launch,
        clock: SandboxClock,
        on_change: Callable[[JSON], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = ""
        self._launch = launch
        self._clock = clock
        self._on_change = on_change
        self._sleep = sleep
        self._monotonic = monotonic
        self._state = BotState("starting")
        self._child: Child | None = None
        self._is_plugged = False
        self._failures = 0
        self._known = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the bot, and wait until it runs, or has failed to."""
        self._running = asyncio.create_task(self._run_forever())
        knowing = asyncio.create_task(self._known.wait())
        await asyncio.wait({self._running, knowing}, return_when=asyncio.FIRST_COMPLETED)
        if not knowing.done():
            knowing.cancel()
            await self._running  # raises what ended it: a mistake of ours

    async def aclose(self) -> None:
        """End the bot: what it has not finished is thrown away with the sandbox."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        if self._child is not None:
            self._child.kill()
            await self._child.wait()

    @property
    def is_running(self) -> bool:
        return self._state.state == "running"

    def plug(self) -> None:
        """Kill the bot, which starts again. Raise ValueError if it does not run."""
        if self._child is None or self._is_plugged:
            raise ValueError(NOT_RUNNING)
        self._is_plugged = True
        self._child.kill()

    def follow_clock(self) -> None:
        if self._child is not None:
            self._child.tell(self._clock.ahead_s)

    def state(self) -> JSON:
        shown: JSON = msgspec.to_builtins(self._state)
        return shown

    async def _run_forever(self) -> None:
        while True:
            await self._sleep(await self._run_once())

    async def _run_once(self) -> float:
        """Run one bot to its end, and return how long to wait before the next one."""
        self._tell(BotState("starting"))
        began_s, self._is_plugged = self._monotonic(), False
        try:
            self._child = await self._launch(self._on_ready)
            reason = await self._child.wait()
        except OSError as error:
            reason = f"it could not be started: {error.strerror}"
        self._child = None
        if self._is_plugged:
            self._tell(BotState("killed", PLUGGED, PLUGGED_IN_AFTER_S))
            return PLUGGED_IN_AFTER_S
        if self._monotonic() - began_s > SETTLED_S:
            self._failures = 0
        wait_s = exponential_backoff(self._failures, FIRST_WAIT_MS, LONGEST_WAIT_MS) / 1000
        self._failures += 1
        console.write(sys.stderr, CRASHED.format(reason=reason, wait_s=wait_s))
        self._tell(BotState("crashed", reason, wait_s))
        self._known.set()
        return wait_s

    def _on_ready(self, provider: str) -> None:
        self.provider = provider
        self._tell(BotState("running"))
        self._known.set()

    def _tell(self, state: BotState) -> None:
        self._state = state
        self._on_change({"type": "bot", **self.state()})
