"""Faults of the sandbox's servers that people switch on and off."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from bot.sandbox.discord_server.faults import Fault
from bot.sandbox.script import Reply

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer
    from bot.sandbox.discord_server.objects import JSON
    from bot.sandbox.model_server import ModelServer

ALWAYS = sys.maxsize
SLOW_START_S, SLOW_DELAY_S = 3.0, 0.25
WAIT_S = 2.0
# What the bot writes. Its first responses are left out: without them no command would begin.
WRITES = r"/channels/\d+/messages(/.*)?|/webhooks/.*"


class Switch(msgspec.Struct, frozen=True):
    """One fault. One with ``is_once`` happens once for each time that it is switched on."""

    name: str
    group: str
    label: str
    about: str
    is_once: bool = False


SWITCHES = (
    Switch("model_slow", "model", "Slow", "It begins after 3 s and writes four words a second."),
    Switch("model_cut", "model", "Cut off", "The connection is reset in the middle of an answer."),
    Switch("model_429", "model", "Rate limit", "Every request is refused with 429."),
    Switch("model_down", "model", "Down", "Every request is refused with 503."),
    Switch("discord_429", "discord", "Rate limit", "Messages and edits are refused with 429."),
    Switch("discord_5xx", "discord", "Down", "Messages and edits are refused with 503."),
    Switch(
        "discord_lost_reply",
        "discord",
        "Lose a reply",
        "The next message or edit takes effect, but the bot is not told.",
        is_once=True,
    ),
    Switch(
        "gateway_drop", "discord", "Drop the gateway", "The connection is closed.", is_once=True
    ),
)


class Switches:
    """The faults of both servers, all off at first."""

    def __init__(self, discord: DiscordServer, model: ModelServer) -> None:
        self._discord = discord
        self._model = model
        self._of_model: set[str] = set()
        self._of_discord = {
            "discord_429": Fault(path=WRITES, times=0, status=429, retry_after=WAIT_S),
            "discord_5xx": Fault(path=WRITES, times=0, status=503),
            "discord_lost_reply": Fault(path=WRITES, times=0, drop=True, after_effect=True),
        }
        for fault in self._of_discord.values():
            discord.inject(fault)
        model.alter = self._altered

    def all(self) -> list[JSON]:
        """Return every switch as the page shows it."""
        return [msgspec.to_builtins(switch) | {"on": self._is_on(switch)} for switch in SWITCHES]

    async def switch(self, name: str, *, on: bool) -> None:
        """Raise LookupError if there is no fault of this name."""
        switch = next((switch for switch in SWITCHES if switch.name == name), None)
        if switch is None:
            raise LookupError("There is no such fault.")
        if name in self._of_discord:
            fault = self._of_discord[name]
            fault.times = fault.seen + (1 if switch.is_once else ALWAYS) if on else 0
        elif switch.group == "discord":
            await self._discord.drop_gateway()
        else:
            self._switch_model(name, on=on)

    def _is_on(self, switch: Switch) -> bool:
        fault = self._of_discord.get(switch.name)
        return switch.name in self._of_model if fault is None else fault.seen < fault.times

    def _switch_model(self, name: str, *, on: bool) -> None:
        self._of_model = self._of_model | {name} if on else self._of_model - {name}
        is_down = "model_down" in self._of_model
        self._model.models_reply = Reply(status=503) if is_down else None

    def _altered(self, reply: Reply) -> Reply:
        """Return what the model sends instead of a reply."""
        if "model_down" in self._of_model:
            return Reply(status=503)
        if "model_429" in self._of_model:
            return Reply(status=429, headers={"Retry-After": f"{WAIT_S:g}"})
        if "model_cut" in self._of_model:
            chunks = reply.chunks[: max(1, len(reply.chunks) // 2)]
            reply = replace(reply, chunks=chunks, end="reset")
        if "model_slow" in self._of_model:
            begins = asyncio.Event()
            asyncio.get_running_loop().call_later(SLOW_START_S, begins.set)
            reply = replace(reply, first_byte=begins, delay_s=SLOW_DELAY_S)
        return reply
