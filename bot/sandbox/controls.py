"""The controls of the page: the bot's process, the clock, permissions, faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from bot.sandbox.channel_rights import permit
from bot.sandbox.clock import SandboxClock, tomorrow_morning
from bot.sandbox.discord_server.objects import JSON
from bot.sandbox.page_actions import snowflake
from bot.sandbox.switches import Switches
from bot.sandbox.wire_log import WireLog

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer
    from bot.sandbox.due import Due
    from bot.sandbox.model_server import ModelServer
    from bot.sandbox.page_requests import MoveClock, Permit, Plug, SwitchFault

LOOK_S = 1.0
NOTHING_DUE = "Nothing is due. Set a reminder or add a digest first."
NO_MOVE = "Say by how many seconds to move the clock, or to what."


class BotProcess(Protocol):
    """The bot's process."""

    def plug(self) -> None:
        """Kill it; it starts again. Raise ValueError if there is nothing to kill."""

    def follow_clock(self) -> None:
        """Tell it how far the clock is ahead."""

    def state(self) -> JSON:
        """Return its state as the page shows it."""


class Controls:
    """Each method that is a request of the page returns its answer; errors are sentences."""

    def __init__(
        self,
        discord: DiscordServer,
        model: ModelServer,
        clock: SandboxClock,
        process: BotProcess,
        next_due: Callable[[], Due | None],
        chips: Sequence[JSON],
    ) -> None:
        self._discord = discord
        self._clock = clock
        self._process = process
        self._next_due = next_due
        self._chips = chips
        self._switches = Switches(discord, model)
        self._wire = WireLog(discord, model, clock)
        self._told_next: Due | None = None

    async def plug(self, _: Plug) -> JSON:
        self._process.plug()
        return {}

    async def clock(self, asked: MoveClock) -> JSON:
        self._clock.move(self._distance(asked))
        self._process.follow_clock()
        self._discord.end_time_outs()
        self._tell_clock()
        return self._time()

    async def permissions(self, asked: Permit) -> JSON:
        channel = self._discord.world.channels.get(snowflake(asked.channel))
        if channel is None:
            raise LookupError("This channel no longer exists.")
        permit(self._discord, channel, asked.who, asked.permission, allow=asked.allow)
        return {}

    async def faults(self, asked: SwitchFault) -> JSON:
        await self._switches.switch(asked.name, on=asked.on)
        self._discord.world.feed.publish({"type": "faults", **self.all_faults()})
        return self.all_faults()

    def all_faults(self) -> JSON:
        return {"faults": self._switches.all()}

    def wire(self, after: int) -> JSON:
        return self._wire.after(after)

    def state(self) -> JSON:
        """Return what a page shows of all this when it is opened."""
        bot_state = self._process.state()
        return {
            **self.all_faults(),
            "clock": self._time(),
            "bot_state": bot_state,
            "chips": self._chips,
        }

    async def watch(self) -> None:
        """Tell the pages of the next job, whenever it is another one."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._discord.world.feed.is_watched and self._next_due() != self._told_next:
                self._tell_clock()

    def _distance(self, asked: MoveClock) -> float:
        """Return by how many seconds to move the clock."""
        if asked.by is not None:
            return asked.by
        if asked.to == "tomorrow":
            return (
                tomorrow_morning(self._clock.now(), _zone(asked.zone)).timestamp() - self._clock()
            )
        due = self._next_due()
        if asked.to is None or due is None:
            raise ValueError(NO_MOVE if asked.to is None else NOTHING_DUE)
        return max(0.0, due.at - self._clock())

    def _tell_clock(self) -> None:
        self._discord.world.feed.publish({"type": "clock", **self._time()})

    def _time(self) -> JSON:
        self._told_next = due = self._next_due()
        return {
            "now": _iso(self._clock()),
            "ahead_s": self._clock.ahead_s,
            "next": None if due is None else {"at": _iso(due.at), "what": due.what},
        }


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):
        raise ValueError("There is no such time zone.") from None


def _iso(moment: float) -> str:
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
