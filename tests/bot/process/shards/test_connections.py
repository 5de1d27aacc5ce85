"""Shards of the real discord.py, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
import yarl

from bot.process.shards.connections import WRITTEN_FOR, Connections
from bot.sandbox.discord_server import DiscordServer, Guild
from bot.storage.shard import Key


class Client(discord.AutoShardedClient):
    """A client whose shards are launched by ``connections``."""

    def __init__(self, server: DiscordServer) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0.05)
        self.heard: list[tuple[Key, str]] = []
        self.turns: list[int] = []
        self.connections = Connections(self, self.may_identify, self.hear)
        self.connections.gateway = yarl.URL(server.gateway_url)

    async def may_identify(self, number: int) -> None:
        self.turns.append(number)

    def hear(self, key: Key, parse: Any, data: dict[str, Any]) -> None:
        self.heard.append((key, data["content"]))
        parse(data)

    async def connect(self, **_: bool) -> None:
        await self.connections.run()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        pass

    async def on_shard_ready(self, number: int) -> None:
        self.connections.shard_ready(number)


class Place:
    """A server with four guilds and a client that is logged in."""

    def __init__(self, server: DiscordServer, client: Client) -> None:
        self.server, self.client = server, client
        self.alice = server.add_user("alice")
        self.guilds = [server.add_guild(f"Guild {n}") for n in range(4)]

    def of(self, total: int, number: int) -> list[Guild]:
        return [guild for guild in self.guilds if (guild.id >> 22) % total == number]

    async def ready(self, *keys: Key) -> None:
        await self.server.until(lambda: self.client.connections.ready == set(keys))


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with DiscordServer(rate_limits=False) as server:
        monkeypatch.setattr(discord.http.Route, "BASE", server.api_url)
        gateway = yarl.URL(server.gateway_url)
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
        client = Client(server)
        running = asyncio.create_task(client.start(server.token))
        place = Place(server, client)
        await server.until(lambda: client.user)
        yield place
        await client.close()
        await running


def test_what_is_reached_of_discord_py_is_that_of_one_version() -> None:
    assert discord.__version__.startswith(WRITTEN_FOR), "look through bot/process/shards again"


async def test_shards_come_and_go_with_their_servers_while_others_stay(place: Place) -> None:
    connections = place.client.connections
    for number in (0, 1):
        connections.launch((2, number))
    await place.ready((2, 0), (2, 1))
    assert {guild.id for guild in place.client.guilds} == {guild.id for guild in place.guilds}
    await connections.end((2, 0))
    assert [guild.id for guild in place.client.guilds] == [guild.id for guild in place.of(2, 1)]
    assert list(place.client.shards) == [1]
    connections.launch((2, 0))
    await place.ready((2, 0), (2, 1))
    assert len(place.client.guilds) == len(place.guilds)
    assert place.client.turns == [0, 1, 0]


async def test_who_connects_some_shards_is_ready_once_they_are(place: Place) -> None:
    place.client.connections.launch_all(2, [1])
    async with asyncio.timeout(10.0):
        await place.client.wait_until_ready()
    assert place.client.connections.ready == {(2, 1)}


async def test_shards_of_two_totals_hear_beside_each_other(place: Place) -> None:
    connections, guild = place.client.connections, place.guilds[0]
    old, new = (2, (guild.id >> 22) % 2), (3, (guild.id >> 22) % 3)
    connections.launch(old)
    await place.ready(old)
    connections.launch(new)
    await place.ready(old, new)
    room = place.server.add_channel(guild, "general")
    place.server.add_member(guild, place.alice)
    await place.server.post(place.alice, room, "hello")
    hello = {(old, "hello"), (new, "hello")}
    mention = f"<@{place.server.bot_user.id}>"
    await place.server.post(place.alice, room, mention)
    await place.server.until(lambda: len(place.client.heard) == 4)
    assert {key for key, _ in place.client.heard} == {key for key, _ in hello}
    await connections.end(old)
    assert place.client.get_guild(guild.id) is not None


async def test_a_lost_connection_resumes_and_a_lost_session_waits_for_its_turn(
    place: Place,
) -> None:
    connections = place.client.connections
    connections.launch((1, 0))
    await place.ready((1, 0))
    await place.server.drop_gateway(4000)
    await place.client.wait_for("shard_resumed", timeout=10.0)
    await place.ready((1, 0))
    assert place.client.turns == [0]
    await place.server.invalidate_session(resumable=False)
    await place.server.until(lambda: place.client.turns == [0, 0])
    await place.ready((1, 0))
    room = place.server.add_channel(place.guilds[0], "general")
    place.server.add_member(place.guilds[0], place.alice)
    await place.server.post(place.alice, room, "again")
    await place.server.until(lambda: len(place.client.heard) == 1)
