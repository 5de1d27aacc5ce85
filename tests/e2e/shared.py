"""One bot for several tests: to start it takes longer than most of what a person does with it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import discord

from tests.e2e.world import World

# They fill up, or change with every request.
FILLED = (deque, dict, list, set)
CHANGED = {"_changed"}
HANDLERS = ("discord.py: on_", "CommandTree-invoker")


class Shared:
    """A world for one test after the other, as long as each leaves it as it was."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._left: World | None = None

    @asynccontextmanager
    async def lent(self, *, is_alone: bool) -> AsyncIterator[World]:
        """Give a world where nobody has said or set anything: a new one to a test that is alone.

        Nobody gets it afterwards if the bot was stopped, still works or has learnt something, or if
        anything is set in another way than before.
        """
        if is_alone:
            async with World(environ=self._environ) as world:
                yield world
            return
        world, self._left = self._left or await World(environ=self._environ).__aenter__(), None
        _point_library(world)
        before = _settings(world), _learnt(world)
        yield world
        try:
            await _handled(world)
            world.begin_anew()
            for provider in world.bot.services.connectors.configured():
                world.bot.services.catalog.backends.note_success(provider)
            is_as_before = (_settings(world), _learnt(world)) == before
            if is_as_before and not world.is_busy and not world.judge.violations:
                self._left = world
        finally:
            if self._left is None:
                await world.__aexit__()

    async def aclose(self) -> None:
        if self._left is not None:
            await self._left.__aexit__()


def _point_library(world: World) -> None:
    """Let discord.py, which knows one Discord at a time, talk to this one again."""
    socket = discord.gateway.DiscordWebSocket
    discord.http.Route.BASE = world.discord.api_url
    socket.DEFAULT_GATEWAY = type(socket.DEFAULT_GATEWAY)(world.discord.gateway_url)


async def _handled(world: World) -> None:
    """Wait until the bot has got all events, and has done what they are about or begun to."""
    bot, sessions = world.bot, world.discord.gateway.sessions.values()
    if bot.is_closed():
        return
    await world.discord.until(
        lambda: all(bot.shards[0]._parent.ws.sequence == session.seq for session in sessions),
        why="the bot to get all events",
    )
    handling = [t for t in asyncio.all_tasks() if t.get_name().startswith(HANDLERS)]
    if handling:
        await asyncio.wait(handling, timeout=10.0)


def _settings(world: World) -> dict[tuple[int, str], object]:
    """Return what a test may set or replace, and what comes of an end or a new start."""
    discord, models = world.discord, (world.openai, world.mistral)
    parts = [world.bot, world.bot.services, discord, discord.api, discord.gateway, *models]
    parts += [discord.core.commands, discord.core.interactions, *(m._listener for m in models)]
    return {
        (number, name): value
        for number, part in enumerate([world.settings, world.job_pace, *parts])
        if hasattr(part, "__dict__")
        for name, value in vars(part).items()
        if not isinstance(value, FILLED) and name not in CHANGED
    }


def _learnt(world: World) -> list[object]:
    """Return what the bot remembers of models for longer than one question."""
    services = world.bot.services
    lengths = services.conversations._context._lengths
    wires = services.connectors._opened.values()
    return [
        list(world.openai.models),
        list(world.mistral.models),
        dict(services.catalog._models),
        dict(lengths._most),
        {model for wire in wires for model in vars(wire).get("_thinks_unopened", ())},
    ]
