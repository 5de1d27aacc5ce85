"""The permissions that the page's panel shows and toggles in each channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.discord_server.objects import JSON, Channel, Overwrite, Role, User
from bot.sandbox.discord_server.rules import permissions as p

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer

TOGGLED = {
    "view_channel": p.VIEW_CHANNEL,
    "send_messages": p.SEND_MESSAGES,
    "embed_links": p.EMBED_LINKS,
    "attach_files": p.ATTACH_FILES,
    "read_message_history": p.READ_MESSAGE_HISTORY,
    "add_reactions": p.ADD_REACTIONS,
    "create_public_threads": p.CREATE_PUBLIC_THREADS,
    "send_messages_in_threads": p.SEND_MESSAGES_IN_THREADS,
    "use_application_commands": p.USE_APPLICATION_COMMANDS,
}


def rights(discord: DiscordServer) -> list[JSON]:
    """Return what the bot and everyone may do in each channel of the servers."""
    return [
        {
            "channel": str(channel.id),
            "name": channel.name,
            "bot": _named(p.channel_permissions(channel, discord.bot_user)),
            "everyone": _named(_of_everyone(channel)),
        }
        for channel in discord.world.channels.values()
        if channel.guild is not None and not channel.is_thread
    ]


def permit(
    discord: DiscordServer, channel: Channel, who: str, permission: str, *, allow: bool
) -> None:
    """Allow or deny one permission, besides those set before. Raise LookupError if unknown."""
    if permission not in TOGGLED or channel.guild is None or channel.is_thread:
        raise LookupError("There is no such permission here.")
    target: User | Role = discord.bot_user if who == "bot" else channel.guild.everyone
    was, bit = channel.overwrites.get(target.id, Overwrite(0)), TOGGLED[permission]
    discord.set_overwrite(
        channel,
        target,
        allow=was.allow | bit if allow else was.allow & ~bit,
        deny=was.deny & ~bit if allow else was.deny | bit,
    )


def _of_everyone(channel: Channel) -> int:
    assert channel.guild is not None  # noqa: S101 - only channels of guilds are listed
    everyone = channel.guild.everyone
    own = channel.overwrites.get(everyone.id, Overwrite(0))
    return everyone.permissions & ~own.deny | own.allow


def _named(allowed: int) -> dict[str, bool]:
    return {name: bool(allowed & bit) for name, bit in TOGGLED.items()}
