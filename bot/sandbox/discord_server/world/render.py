"""How each thing of the world looks as Discord JSON."""

from datetime import UTC, datetime

from bot.sandbox.discord_server.objects import (
    JSON,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
    Webhook,
    snowflake_time,
)
from bot.sandbox.discord_server.rules.permissions import channel_permissions, guild_permissions


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
    body: JSON = {
        "nick": member.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": timestamp(member.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    if with_user:
        body["user"] = user_json(member.user)
    return body


def role_json(role: Role) -> JSON:
    return {
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
    """Return a channel; a viewer's `permissions` are added, as interactions carry them."""
    last = channel.last_message_id
    body: JSON = {
        "id": str(channel.id),
        "type": channel.kind,
        "flags": 0,
        "last_message_id": str(last) if last else None,
    }
    if channel.guild is None:
        body["recipients"] = [user_json(user) for user in channel.recipients if not user.bot]
    elif channel.is_thread:
        body |= _thread_json(channel, channel.guild)
    else:
        body |= {
            "guild_id": str(channel.guild.id),
            "name": channel.name,
            "topic": channel.topic,
            "position": channel.position,
            "nsfw": channel.nsfw,
            "rate_limit_per_user": channel.rate_limit_per_user,
            "parent_id": str(channel.parent.id) if channel.parent else None,
            "permission_overwrites": [
                {"id": str(key), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
                for key, o in channel.overwrites.items()
            ],
        }
    if viewer is not None:
        body["permissions"] = str(channel_permissions(channel, viewer))
    return body


def _thread_json(thread: Channel, guild: Guild) -> JSON:
    return {
        "guild_id": str(guild.id),
        "name": thread.name,
        "parent_id": str(thread.parent.id) if thread.parent else None,
        "owner_id": str(thread.owner.id) if thread.owner else None,
        "rate_limit_per_user": thread.rate_limit_per_user,
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


def guild_json(guild: Guild) -> JSON:
    """Return a guild as REST gives it, without its channels and members."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "owner_id": str(guild.owner.id),
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
        "preferred_locale": guild.locale,
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
        "roles": [role_json(role) for role in guild.roles.values()],
    }


def guild_create_json(guild: Guild, bot: User) -> JSON:
    """Return a guild as GUILD_CREATE gives it."""
    threads = [c for c in guild.channels.values() if c.is_thread and not c.archived]
    return {
        **guild_json(guild),
        "joined_at": timestamp(guild.members[bot.id].joined_at),
        "large": len(guild.members) > 250,
        "unavailable": False,
        "member_count": len(guild.members),
        "members": [member_json(member) for member in guild.members.values()],
        "channels": [channel_json(c) for c in guild.channels.values() if not c.is_thread],
        "threads": [channel_json(c) for c in threads if channel_permissions(c, bot)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment_json(attachment: Attachment) -> JSON:
    body: JSON = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.data),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.content_type,
    }
    if attachment.description is not None:
        body["description"] = attachment.description
    return body


def reactions_json(message: Message, viewer: User) -> list[JSON]:
    return [
        {
            "emoji": emoji_json(emoji),
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
            "me": viewer in users,
            "me_burst": False,
        }
        for emoji, users in message.reactions.items()
    ]


def emoji_json(emoji: str) -> JSON:
    name, _, emoji_id = emoji.partition(":")
    return {"id": emoji_id or None, "name": name}


def message_json(message: Message, viewer: User, *, nested: bool = False) -> JSON:
    """Return a message as the bot's REST answers give it."""
    body: JSON = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": message.kind,
        "content": message.content,
        "author": user_json(message.author),
        "timestamp": timestamp(message.created),
        "edited_timestamp": None if message.edited is None else timestamp(message.edited),
        "tts": False,
        "pinned": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_json(user) for user in message.mentions],
        "mention_roles": [str(role_id) for role_id in message.mention_roles],
        "attachments": [attachment_json(attachment) for attachment in message.attachments],
        "embeds": message.embeds,
        "components": message.components,
        "flags": message.flags,
    }
    if message.reactions:
        body["reactions"] = reactions_json(message, viewer)
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.thread is not None:
        body["thread"] = channel_json(message.thread)
    if message.interaction is not None:
        body |= message.interaction
    if message.reference is not None:
        body |= _reference_json(message.reference, viewer, nested=nested)
    return body


def _reference_json(target: Message, viewer: User, *, nested: bool) -> JSON:
    reference: JSON = {
        "type": 0,
        "channel_id": str(target.channel.id),
        "message_id": str(target.id),
    }
    if target.channel.guild is not None:
        reference["guild_id"] = str(target.channel.guild.id)
    body: JSON = {"message_reference": reference}
    if not nested:
        shown = None if target.deleted else message_json(target, viewer, nested=True)
        body["referenced_message"] = shown
    return body


def interaction_member_json(member: Member, channel: Channel) -> JSON:
    """Return a member with the permissions that interactions carry."""
    return member_json(member) | {"permissions": str(channel_permissions(channel, member.user))}


def partial_guild_json(guild: Guild) -> JSON:
    return {"id": str(guild.id), "locale": guild.locale, "features": []}


def own_guild_json(guild: Guild, bot: User) -> JSON:
    """Return a guild as `/users/@me/guilds` lists it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": guild.owner is bot,
        "permissions": str(guild_permissions(guild, bot)),
        "features": [],
    }


def webhook_json(webhook: Webhook) -> JSON:
    guild = webhook.channel.guild
    return {
        "id": str(webhook.id),
        "type": 1,
        "name": webhook.name,
        "avatar": None,
        "channel_id": str(webhook.channel.id),
        "guild_id": None if guild is None else str(guild.id),
        "application_id": None,
        "token": webhook.token,
    }


def application_json(application_id: int, bot: User, owner: User, flags: int) -> JSON:
    return {
        "id": str(application_id),
        "name": bot.username,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": user_json(owner),
        "team": None,
        "flags": flags,
        "bot": user_json(bot),
        "integration_types_config": {"0": {}, "1": {}},
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "flags_new": str(flags),
        "eligible_oauth2_scopes": [],
    }
