"""Permissions in guilds, channels, threads and DMs."""

from bot.sandbox.discord_server.objects import Channel, Guild, User
from bot.sandbox.discord_server.rules.errors import DiscordError

ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_EXTERNAL_EMOJIS = 1 << 18
CHANGE_NICKNAME = 1 << 26
MANAGE_ROLES = 1 << 28
MANAGE_WEBHOOKS = 1 << 29
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38
USE_EXTERNAL_APPS = 1 << 50

EVERYTHING = (1 << 53) - 1

# What the invitation of such a bot asks for; see the documentation of the scope "bot".
BOT_PERMISSIONS = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)

# @everyone of a new guild. MENTION_EVERYONE is among them: a bot that is not careful pings.
EVERYONE_PERMISSIONS = (
    BOT_PERMISSIONS
    | ADD_REACTIONS
    | MENTION_EVERYONE
    | CHANGE_NICKNAME
    | USE_APPLICATION_COMMANDS
    | CREATE_PRIVATE_THREADS
    | USE_EXTERNAL_APPS
)

DM_PERMISSIONS = EVERYONE_PERMISSIONS & ~MENTION_EVERYONE

# What is left to a member who is timed out. Source: topics/permissions, "Permissions for Timed Out
# Members".
TIMED_OUT = VIEW_CHANNEL | READ_MESSAGE_HISTORY


# Of the bot in direct messages of others; in its own it has one more. Source:
# interactions/receiving-and-responding, "Interaction Structure".
IN_PRIVATE_CHANNELS = ATTACH_FILES | EMBED_LINKS | MENTION_EVERYONE


def app_permissions(channel: Channel, bot: User) -> int:
    """Return the bot's permissions as an interaction tells them."""
    if channel.guild is not None:
        return channel_permissions(channel, bot)
    is_own = bot in channel.recipients
    return IN_PRIVATE_CHANNELS | (USE_EXTERNAL_EMOJIS if is_own else 0)


def may_answer_in_public(channel: Channel, user: User) -> bool:
    """Return whether an app that is no member may show its answers to others than user.

    Source: topics/permissions (USE_EXTERNAL_APPS) and resources/application, "User Context".
    """
    if channel.guild is None:
        return True
    needed = USE_EXTERNAL_APPS | send_permission(channel)
    return channel_permissions(channel, user) & needed == needed


def guild_permissions(guild: Guild, user: User) -> int:
    """Return what user may do in guild, without the overwrites of channels."""
    if guild.owner is user:
        return EVERYTHING
    member = guild.members.get(user.id)
    if member is None:
        return 0
    allowed = guild.everyone.permissions
    for role in member.roles:
        allowed |= role.permissions
    if allowed & ADMINISTRATOR:
        return EVERYTHING
    return allowed if member.timed_out_until is None else allowed & TIMED_OUT


def channel_permissions(channel: Channel, user: User) -> int:
    """Return what user may do in channel. Source: topics/permissions, "Permission Overwrites"."""
    guild = channel.guild
    if guild is None:
        return DM_PERMISSIONS if user in channel.recipients else 0
    allowed = guild_permissions(guild, user)
    member = guild.members.get(user.id)
    if allowed == EVERYTHING or member is None:
        return allowed
    place = channel.parent if channel.is_thread and channel.parent is not None else channel
    if (everyone := place.overwrites.get(guild.id)) is not None:
        allowed = (allowed & ~everyone.deny) | everyone.allow
    allow = deny = 0
    for role in member.roles:
        if (overwrite := place.overwrites.get(role.id)) is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    allowed = (allowed & ~deny) | allow
    if (own := place.overwrites.get(user.id)) is not None:
        allowed = (allowed & ~own.deny) | own.allow
    if member.timed_out_until is not None:
        allowed &= TIMED_OUT
    if _is_hidden(channel, user, allowed):
        return 0
    return allowed if allowed & VIEW_CHANNEL else 0


def _is_hidden(channel: Channel, user: User, allowed: int) -> bool:
    is_private = channel.kind == 12
    return is_private and not allowed & MANAGE_THREADS and user.id not in channel.thread_members


def can_see(channel: Channel, user: User) -> bool:
    return bool(channel_permissions(channel, user) & VIEW_CHANNEL)


def send_permission(channel: Channel) -> int:
    return SEND_MESSAGES_IN_THREADS if channel.is_thread else SEND_MESSAGES


def require(channel: Channel, user: User, needed: int = 0) -> int:
    """Return the permissions of user; raise 50001 (cannot see it) or 50013 (lacks needed)."""
    allowed = channel_permissions(channel, user)
    if not allowed & VIEW_CHANNEL:
        raise DiscordError(50001)
    if allowed & needed != needed:
        raise DiscordError(50013)
    return allowed


def require_in_guild(guild: Guild, user: User, needed: int) -> None:
    if guild_permissions(guild, user) & needed != needed:
        raise DiscordError(50013)
