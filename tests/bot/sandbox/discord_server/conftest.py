"""A kitchen to talk in, a bot that connects to it, and a plain HTTP client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import discord
import httpx
import pytest
import yarl
from discord.ext import commands

from bot.sandbox.discord_server import Channel, DiscordServer, Guild, User
from tests.discord_openapi.judge import Judge
from tests.sandbox import plain_client


@dataclass
class Kitchen:
    server: DiscordServer
    guild: Guild
    channel: Channel
    alice: User


def furnish(server: DiscordServer) -> Kitchen:
    guild = server.add_guild("Kitchen")
    channel = server.add_channel(guild, "general")
    alice = server.add_user("alice", display_name="Alice", locale="en-GB")
    server.add_member(guild, alice)
    return Kitchen(server, guild, channel, alice)


class Clock:
    """A clock that only moves when a test moves it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def kitchen() -> AsyncIterator[Kitchen]:
    """A server with no rate limits in the way, every request to it judged."""
    async with DiscordServer(rate_limits=False) as server:
        yield furnish(server)


@pytest.fixture
async def judged(kitchen: Kitchen) -> AsyncIterator[Judge]:
    judge = Judge()
    judge.attach(kitchen.server)
    yield judge
    assert judge.violations == []


@pytest.fixture
async def timed(clock: Clock) -> AsyncIterator[Kitchen]:
    """A server with rate limits, whose time is the fixture ``clock``."""
    async with DiscordServer(clock=clock) as server:
        yield furnish(server)


def client(server: DiscordServer) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bot {server.token}"}
    return plain_client(base_url=server.api_url, headers=headers, trust_env=False)


@pytest.fixture
async def http(kitchen: Kitchen) -> AsyncIterator[httpx.AsyncClient]:
    async with client(kitchen.server) as opened:
        yield opened


@pytest.fixture
async def timed_http(timed: Kitchen) -> AsyncIterator[httpx.AsyncClient]:
    async with client(timed.server) as opened:
        yield opened


class Cook(commands.AutoShardedBot):
    """The real client, without the 5 seconds it waits before it identifies again."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents or discord.Intents.default(),
            guild_ready_timeout=0.05,
        )
        self.seen: list[discord.Message] = []
        self.resumes = 0
        self.changed = asyncio.Condition()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass

    async def on_message(self, message: discord.Message) -> None:
        async with self.changed:
            self.seen.append(message)
            self.changed.notify_all()

    async def on_shard_resumed(self, _: int) -> None:
        async with self.changed:
            self.resumes += 1
            self.changed.notify_all()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a message or a resume makes condition true."""
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(lambda: bool(condition()))


@pytest.fixture
async def connect(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[[Cook], Awaitable[None]]]:
    """Start bots against the kitchen; each is closed at the end."""
    server = kitchen.server
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
    gateway = yarl.URL(server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    running: list[tuple[Cook, asyncio.Task[None]]] = []

    async def start(cook: Cook) -> None:
        task = asyncio.create_task(cook.start(server.token))
        running.append((cook, task))
        await server.ready()
        await cook.wait_until_ready()

    yield start
    for cook, task in running:
        await cook.close()
        await task
