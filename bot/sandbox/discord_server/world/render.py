"""Discord JSON of users, guilds and channels."""

from datetime import UTC, datetime

from bot.sandbox.discord_server.objects import (
    JSON,
    Channel,
    Guild,
    Member,
    Role,
    User,
    snowflake_time,
)
from bot.sandbox.discord_server.rules.permissions import channel_permissions

GROUP = 3  # the kind of a channel
# Fields that are the same for every guild here.
GUILD: JSON = {
    "icon": None,
    "splash": None,
    "discovery_splash": None,
    "banner": None,
    "description": None,
    "application_id": None,
    "region": "us-east",
    "afk_channel_id": None,
    "afk_timeout": 300,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "rules_channel_id": None,
    "public_updates_channel_id": None,
    "safety_alerts_channel_id": None,
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw": False,
    "nsfw_level": 0,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "vanity_url_code": None,
    "widget_enabled": False,
    "widget_channel_id": None,
    "max_members": 500000,
    "max_presences": None,
    "max_video_channel_users": 25,
    "max_stage_video_channel_users": 50,
    "features": [],
    "emojis": [],
    "stickers": [],
}


def timestamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds")


def user_json(user: User) -> JSON:
    return {
        "id": str(user.id),
        "username": user.username,
        "discriminator": "0000" if user.bot else "0",
        "global_name": None if user.bot else user.display_name,
        "avatar": None,
        "bot": user.bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def member_json(member: Member, *, with_user: bool = True) -> JSON:
    until = member.timed_out_until
    body: JSON = {
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": timestamp(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None if until is None else timestamp(until),
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    if with_user:
        body["user"] = user_json(member.user)
    return body


def role_json(role: Role) -> JSON:
    tags = {} if role.bot_id is None else {"tags": {"bot_id": str(role.bot_id)}}
    return tags | {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": role.color,
        "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
        "hoist": role.hoist,
        "managed": role.managed,
        "mentionable": role.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel_json(channel: Channel, viewer: User | None = None) -> JSON:
    """Return a channel, with the viewer's ``permissions`` if one is given."""
    last = channel.last_message_id
    body: JSON = {
        "id": str(channel.id),
        "type": channel.kind,
        "flags": 0,
        "last_message_id": str(last) if last else None,
    }
    if channel.guild is None:
        body["recipients"] = [user_json(user) for user in channel.recipients if not user.bot]
        if channel.kind == GROUP:
            owner_id = None if channel.owner is None else str(channel.owner.id)
            body |= {"name": channel.name, "icon": None, "owner_id": owner_id}
    else:
        body |= {
            "guild_id": str(channel.guild.id),
            "name": channel.name,
            "rate_limit_per_user": channel.rate_limit_per_user,
            "parent_id": str(channel.parent.id) if channel.parent else None,
        }
        body |= _thread_json(channel) if channel.is_thread else _guild_channel_json(channel)
    if viewer is not None:
        body["permissions"] = str(channel_permissions(channel, viewer))
    return body


def _guild_channel_json(channel: Channel) -> JSON:
    return {
        "topic": channel.topic,
        "position": channel.position,
        "nsfw": channel.nsfw,
        "permission_overwrites": [
            {"id": str(key), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for key, o in channel.overwrites.items()
        ],
    }


def _thread_json(thread: Channel) -> JSON:
    return {
        "owner_id": str(thread.owner.id) if thread.owner else None,
        "message_count": len(thread.messages),
        "member_count": len(thread.thread_members),
        "total_message_sent": len(thread.messages),
        "thread_metadata": {
            "archived": thread.archived,
            "locked": thread.locked,
            "auto_archive_duration": thread.auto_archive_duration,
            "archive_timestamp": timestamp(thread.changed_at),
            "create_timestamp": timestamp(snowflake_time(thread.id)),
            "invitable": True,
        },
    }


def thread_member_json(thread: Channel, user_id: int) -> JSON:
    return {
        "id": str(thread.id),
        "user_id": str(user_id),
        "join_timestamp": timestamp(thread.thread_members[user_id]),
        "flags": 0,
    }


def joined_thread_json(thread: Channel, user: User) -> JSON:
    """Return a channel; a thread with ``member`` if user is one."""
    body = channel_json(thread)
    if user.id in thread.thread_members:
        body["member"] = thread_member_json(thread, user.id)
    return body


def guild_json(guild: Guild) -> JSON:
    """Return a guild without its channels and members, as REST does."""
    return GUILD | {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "preferred_locale": guild.locale,
        "roles": [role_json(role) for role in guild.roles.values()],
    }


def guild_create_json(guild: Guild, bot: User) -> JSON:
    """Return a guild for GUILD_CREATE."""
    threads = [c for c in guild.channels.values() if c.is_thread and not c.archived]
    return {
        **guild_json(guild),
        "joined_at": timestamp(guild.members[bot.id].joined_at),
        "large": len(guild.members) > 250,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_json(member) for member in guild.members.values()],
        "channels": [channel_json(c) for c in guild.channels.values() if not c.is_thread],
        "threads": [joined_thread_json(c, bot) for c in threads if channel_permissions(c, bot)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def place_json(channel: Channel) -> JSON:
    """Return the channel_id and guild_id of events and references."""
    body: JSON = {"channel_id": str(channel.id)}
    return body if channel.guild is None else body | {"guild_id": str(channel.guild.id)}
