"""The whole world for a page, and the last of it as text for a failed test."""

from collections.abc import Sequence
from itertools import islice

from bot.sandbox.discord_server.client.people import People
from bot.sandbox.discord_server.core import Core
from bot.sandbox.discord_server.objects import JSON, Channel, Guild, Message, User, World
from bot.sandbox.discord_server.rest.api import Request
from bot.sandbox.discord_server.rules.permissions import can_see
from bot.sandbox.discord_server.world.render import channel_json, guild_json, member_json, user_json

LAST_MESSAGES = 8
LAST_REQUESTS = 12


def snapshot(core: Core, people: People, viewer: User) -> JSON:
    """Return guilds, channels, members, messages and offered commands as viewer sees them."""
    seen = [channel for channel in core.world.channels.values() if can_see(channel, viewer)]
    guilds = [guild for guild in core.world.guilds.values() if viewer.id in guild.members]
    return {
        "viewer": user_json(viewer) | {"locale": viewer.locale},
        "bot": user_json(core.bot),
        "guilds": [_guild(guild, seen) for guild in guilds],
        "dms": [channel_json(channel) for channel in seen if channel.guild is None],
        "messages": {str(channel.id): _messages(core, channel, viewer) for channel in seen},
        "commands": {str(channel.id): people.commands(viewer, channel) for channel in seen},
    }


def _guild(guild: Guild, seen: Sequence[Channel]) -> JSON:
    return guild_json(guild) | {
        "channels": [channel_json(channel) for channel in seen if channel.guild is guild],
        "members": [member_json(member) for member in guild.members.values()],
    }


def _messages(core: Core, channel: Channel, viewer: User) -> list[JSON]:
    shown = channel.messages.values()
    return [
        core.timeline.page_json(message)
        for message in shown
        if message.visible_to in (None, viewer)
    ]


def dump(world: World, requests: Sequence[Request]) -> str:
    lines = ["last messages:"]
    for channel in world.channels.values():
        shown = list(channel.messages.values())[-LAST_MESSAGES:]
        lines += [f"  #{channel.name} {_line(message)}" for message in shown]
    lines.append("last requests:")
    for request in reversed(list(islice(reversed(requests), LAST_REQUESTS))):
        sent = request.body[:200].decode(errors="replace")
        answer = request.answer[:200].decode(errors="replace") if request.status >= 400 else ""
        lines.append(f"  {request.status} {request.method} {request.path} {sent} {answer}")
    return "\n".join(lines)


def _line(message: Message) -> str:
    marks = [name for name in ("ephemeral", "loading") if getattr(message, name)]
    text = message.content if len(message.content) <= 200 else message.content[:200] + "…"
    return f"{message.author.username}: {text!r} {' '.join(marks)}".rstrip()
