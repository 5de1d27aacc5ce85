"""The sandbox's Discord, time that passes only by sleeping, and every request judged."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bot.sandbox.discord_server import Channel, DiscordServer, Fault, Guild, User
from bot.sandbox.discord_server.rules.permissions import BOT_PERMISSIONS
from connectors import discord
from connectors.discord import DiscordRest
from connectors.http.transport import Transport
from tests.discord_openapi.judge import Judge


class Clock:
    """Time that passes only by sleeping, and not before ``is_quiet``."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.is_quiet: Callable[[], bool] = lambda: True

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        while not self.is_quiet():  # noqa: ASYNC110 - sockets have no event for it
            await asyncio.sleep(0)
        self.slept.append(round(seconds, 2))
        self.now += seconds


class Place:
    """A guild with a channel, Alice in it, and a client."""

    def __init__(self, server: DiscordServer, clock: Clock, transport: Transport) -> None:
        self.server, self.clock, self.transport = server, clock, transport
        self.guild: Guild = server.add_guild("Kitchen")
        self.channel: Channel = server.add_channel(self.guild, "general")
        self.alice: User = server.add_user("alice", display_name="Alice")
        server.add_member(self.guild, self.alice)
        self.rest = self.client()

    def client(self, *, token: str | None = None, processes: int = 1) -> DiscordRest:
        config = discord.load_from_env(
            {
                "DISCORD_BOT_TOKEN": token or self.server.token,
                "DISCORD_API_URL": self.server.api_url,
            }
        )
        return DiscordRest(
            config,
            self.transport,
            clock=self.clock,
            sleep=self.clock.sleep,
            processes=processes,
        )

    def allow_bot(self, permissions: int) -> None:
        own = self.guild.members[self.server.bot_user.id].roles[0]
        own.permissions = BOT_PERMISSIONS | permissions

    def fault(self, method: str = "*", path: str = r"/channels/.*", **what: object) -> Fault:
        return self.server.inject(Fault(method, path, **what))  # type: ignore[arg-type]

    @property
    def contents(self) -> list[str]:
        return [message.content for message in self.server.messages(self.channel)]

    @property
    def statuses(self) -> list[int]:
        return [request.status for request in self.server.requests]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def place(clock: Clock) -> AsyncIterator[Place]:
    transport = Transport(sleep=clock.sleep)
    judge = Judge()
    async with DiscordServer(clock=lambda: 1.8e9 + clock.now) as server:
        judge.attach(server)
        yield Place(server, clock, transport)
        await transport.aclose()
    assert judge.violations == []
