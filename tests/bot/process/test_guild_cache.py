"""Servers that discord.py knows: what is dropped of them, and what is not."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot.process.guild_cache import WRITTEN_FOR, trim_guilds
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_server.world.render import guild_create_json

TEXT, VOICE, CATEGORY, FORUM = 0, 2, 4, 15
SEES = 1 << 10
SPEAKS = 1 << 11
TIDIES = 1 << 13
# Each differs from the private channels in one thing.
OTHERS = [
    ("tidy", "cook", SEES | TIDIES, SEES),
    ("quiet", "cook", SEES, SEES | SPEAKS),
    ("tables", "waiter", SEES, SEES),
]


@pytest.fixture(scope="module")
def body() -> Any:
    """A server as Discord sends it: private channels, public ones, and one like no other."""
    server = DiscordServer()
    guild = server.add_guild("Kitchen")
    cook = server.add_role(guild, "Cook", permissions=SPEAKS)
    server.add_member(guild, server.add_user("alice"), [cook])
    waiter = server.add_role(guild, "Waiter", permissions=SPEAKS)
    server.add_member(guild, bob := server.add_user("bob"), [waiter])
    private = server.add_channel(guild, "private", CATEGORY)
    kinds = {"menu": TEXT, "talk": VOICE, "recipes": FORUM}
    channels = [server.add_channel(guild, name, kind, private) for name, kind in kinds.items()]
    for channel in (private, *channels):
        server.set_overwrite(channel, guild.everyone, deny=SEES)
        server.set_overwrite(channel, cook, allow=SEES)
    for name, role, allow, deny in OTHERS:
        other = server.add_channel(guild, name)
        server.set_overwrite(other, guild.everyone, deny=deny)
        server.set_overwrite(other, {"cook": cook, "waiter": waiter}[role], allow=allow)
    server.set_overwrite(channels[0], bob, allow=SEES, deny=SPEAKS)
    for name in ("general", "off-topic"):
        server.add_channel(guild, name)
    body = guild_create_json(guild, server.bot_user)
    for channel_body in body["channels"]:
        channel_body |= {"topic": "What this is for.", "bitrate": 64_000, "user_limit": 0}
    return body


@pytest.fixture
async def bot(body: Any) -> commands.Bot:
    """A bot that knows all members, so that there are some to compare."""
    intents = discord.Intents(guilds=True, members=True)
    bot = commands.Bot(commands.when_mentioned, intents=intents, chunk_guilds_at_startup=False)
    await bot._async_setup_hook()
    [me] = [member["user"] for member in body["members"] if member["user"].get("bot")]
    bot._connection.user = discord.ClientUser(state=bot._connection, data=me)
    return bot


def known(bot: commands.Bot, body: Any) -> discord.Guild:
    """Return the server once the bot has heard of it."""
    bot._connection.parsers["GUILD_CREATE"](deepcopy(body))
    [guild] = bot.guilds
    return guild


def rights(guild: discord.Guild) -> dict[tuple[str, str], int]:
    """Return what each member may do in each channel."""
    return {
        (channel.name, member.name): channel.permissions_for(member).value
        for channel in guild.channels
        for member in guild.members
    }


def named(guild: discord.Guild, name: str) -> Any:
    return discord.utils.get(guild.channels, name=name)


def test_what_is_reached_of_discord_py_is_that_of_one_version() -> None:
    assert discord.__version__.startswith(WRITTEN_FOR), "look through bot/process/guild_cache again"


async def test_everybody_may_do_the_same_in_a_trimmed_server(bot: commands.Bot, body: Any) -> None:
    before = rights(known(bot, body))
    trim_guilds(bot)
    assert rights(known(bot, body)) == before
    assert len(set(before.values())) > 2


async def test_a_trimmed_server_has_channels_without_topics(bot: commands.Bot, body: Any) -> None:
    trim_guilds(bot)
    guild = known(bot, body)
    assert [channel.name for channel in guild.channels] == [
        *("private", "menu", "talk", "recipes", "tidy", "quiet", "tables", "general", "off-topic")
    ]
    assert {channel.topic for channel in guild.text_channels + guild.forums} == {None}
    assert named(guild, "menu").category is named(guild, "private")


async def test_channels_with_equal_permissions_share_them(bot: commands.Bot, body: Any) -> None:
    trim_guilds(bot)
    guild = known(bot, body)
    private, menu, talk = (named(guild, name) for name in ("private", "menu", "talk"))
    assert talk._overwrites is private._overwrites
    assert talk.category_id is private.id
    assert menu._overwrites is not private._overwrites
    assert named(guild, "general")._overwrites is named(guild, "off-topic")._overwrites


async def test_a_channel_whose_permissions_change_leaves_the_others_theirs(
    bot: commands.Bot, body: Any
) -> None:
    trim_guilds(bot)
    guild = known(bot, body)
    before = rights(guild)
    [talk] = [channel for channel in body["channels"] if channel["name"] == "talk"]
    bot._connection.parse_channel_update(
        talk | {"guild_id": str(guild.id), "permission_overwrites": []}
    )
    changed = {place for place, value in rights(guild).items() if value != before[place]}
    assert {name for name, _ in changed} == {"talk"}
