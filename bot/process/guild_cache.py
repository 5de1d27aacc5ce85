"""The servers in discord.py's cache: without what the bot does not read, and equal values once."""

from __future__ import annotations

from typing import Any, Final

import discord

WRITTEN_FOR: Final = "2.7."


def trim_guilds(client: discord.Client) -> None:
    """Have a client trim each server as it arrives.

    discord.py's event for that comes after the next ones were read, and their memory was taken.
    """
    parsers = client._connection.parsers
    parse = parsers["GUILD_CREATE"]

    def parse_and_trim(data: dict[str, Any]) -> None:
        parse(data)
        if (guild := client.get_guild(int(data["id"]))) is not None:
            _trim(guild)

    parsers["GUILD_CREATE"] = parse_and_trim


def _trim(guild: discord.Guild) -> None:
    """Drop topics, and have channels with equal permissions share them.

    Most channels have the permissions of their category, and discord.py keeps them for each: two
    fifths of what a large server takes. It replaces a channel's permissions and never changes them,
    so that the others keep theirs.
    """
    known: dict[tuple[Any, ...], Any] = {}
    for channel in guild.channels:
        if isinstance(channel, discord.TextChannel | discord.ForumChannel):
            channel.topic = None
        if channel.category is not None:
            channel.category_id = channel.category.id
        own = channel._overwrites
        equal = tuple((each.id, each.allow, each.deny, each.type) for each in own)
        channel._overwrites = known.setdefault(equal, own)
