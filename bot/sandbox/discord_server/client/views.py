"""The guilds, channels and messages that one person sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.sandbox.discord_server.client.picker import visible_commands
from bot.sandbox.discord_server.objects import JSON, Channel, Guild, Message, User
from bot.sandbox.discord_server.rules.permissions import can_see
from bot.sandbox.discord_server.world.render import channel_json, guild_json, member_json, user_json

if TYPE_CHECKING:
    from bot.sandbox.discord_server.core import Core


def snapshot(core: Core, viewer: User) -> JSON:
    """Return the guilds, channels, members, messages and commands that viewer sees."""
    world = core.world
    seen = [channel for channel in world.channels.values() if can_see(channel, viewer)]
    guilds = [guild for guild in world.guilds.values() if viewer.id in guild.members]
    return {
        "viewer": user_json(viewer) | {"locale": viewer.locale},
        "bot": user_json(world.bot),
        "guilds": [_guild(guild, viewer, seen) for guild in guilds],
        "dms": [channel_json(channel, viewer) for channel in seen if channel.guild is None],
        "messages": {
            str(channel.id): [core.timeline.page_json(m) for m in visible(channel, viewer)]
            for channel in seen
        },
        "commands": {
            str(channel.id): visible_commands(core.commands, viewer, channel, world.bot)
            for channel in seen
        },
    }


def visible(channel: Channel, viewer: User | None) -> list[Message]:
    """Return a channel's messages in order; ephemeral ones only for their viewer."""
    return [m for m in channel.messages.values() if m.visible_to in (None, viewer)]


def _guild(guild: Guild, viewer: User, seen: Sequence[Channel]) -> JSON:
    return guild_json(guild) | {
        "channels": [channel_json(channel, viewer) for channel in seen if channel.guild is guild],
        "members": [member_json(member) for member in guild.members.values()],
    }
