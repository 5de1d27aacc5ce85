"""Shards of one bot in one process, and of one bot in two."""

from __future__ import annotations

import asyncio

import pytest

from bot.app import Bot
from bot.sandbox.discord_server import Channel
from bot.settings import Settings
from connectors import PROVIDERS, Connectors
from connectors.discord import load_from_env
from tests.e2e.world import World


def rooms(world: World) -> list[Channel]:
    """Return a channel of each of two shards."""
    by_shard = {(world.guild.id >> 22) % 2: world.channel}
    while len(by_shard) < 2:
        guild = world.discord.add_guild("Another")
        world.discord.add_member(guild, world.alice)
        by_shard.setdefault((guild.id >> 22) % 2, world.discord.add_channel(guild, "general"))
    return [by_shard[0], by_shard[1]]


class Sharded(World):
    """A bot of two shards, in one process or two."""

    has_other = False

    async def start_bot(self) -> None:
        self.discord.shards = 2
        if self.has_other:
            await self.start_other()
        await super().start_bot()

    async def start_other(self) -> None:
        environ = {"DISCORD_BOT_TOKEN": self.discord.token, "DISCORD_API_URL": self.discord.api_url}
        connectors = Connectors(self.environ, providers={"openai": PROVIDERS["openai"]})
        self.other = Bot(self.settings, connectors, load_from_env(environ), pace_s=0.05)
        self.other_running = asyncio.create_task(self.other.run_until_closed())

    async def answered(self, channel: Channel) -> None:
        """Ask there, and see exactly one answer."""
        asked = await self.ask("why?", channel=channel)
        await self.shows(asked, "A short answer.")
        assert len([m for m in channel.messages.values() if m.author.bot]) == 1


async def test_one_process_answers_in_the_servers_of_all_its_shards() -> None:
    async with Sharded() as world:
        assert sorted(world.bot.shards) == [0, 1]
        assert world.bot.sharding.said.startswith("this process holds 2 of 2 shards: 0-1; ")
        for room in rooms(world):
            await world.answered(room)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_two_processes_share_the_shards_and_who_ends_hands_over(database_url: str) -> None:
    world = Sharded()
    world.settings = Settings(data_dir=world.settings.data_dir, database_url=database_url)
    world.has_other, world.ready_within_s = True, 60.0
    async with world:
        bots = (world.bot, world.other)
        await world.discord.until(lambda: [len(b.shards) for b in bots] == [1, 1], 60.0)
        await world.discord.until(lambda: all(bot.is_ready() for bot in bots), 60.0)
        places = rooms(world)
        for room in places:
            await world.answered(room)
        await world.other.close()
        await world.other_running
        here = world.bot.sharding
        await world.discord.until(lambda: here.held == [0, 1] and world.bot.is_ready(), 60.0)
        room = world.discord.add_channel(next(r.guild for r in places if r.guild), "here")
        await world.answered(room)
