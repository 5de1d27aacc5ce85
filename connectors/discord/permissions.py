"""Permissions of members, from roles, overwrites, ownership and timeouts.

Source: topics/permissions, "Permission Hierarchy", "Implicit Permissions" and
"Permissions for Timed Out Members".
"""

import functools
import operator
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import IntFlag

from connectors.discord.objects import Channel, Guild, Member, Overwrite
from connectors.discord.routes import Id

ROLE, MEMBER = 0, 1
VOICE_KINDS = (2, 13)


class Permission(IntFlag):
    """Discord's permissions, by their documented names."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SET_VOICE_CHANNEL_STATUS = 1 << 48
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


P = Permission
NONE = Permission(0)
ALL = functools.reduce(operator.or_, Permission)
TIMED_OUT = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY
NEEDS_SENDING = P.SEND_TTS_MESSAGES | P.MENTION_EVERYONE | P.EMBED_LINKS | P.ATTACH_FILES
# These concern the whole server, so no channel can take them away.
GUILD_ONLY = (
    P.KICK_MEMBERS
    | P.BAN_MEMBERS
    | P.ADMINISTRATOR
    | P.MANAGE_GUILD
    | P.VIEW_AUDIT_LOG
    | P.VIEW_GUILD_INSIGHTS
    | P.CHANGE_NICKNAME
    | P.MANAGE_NICKNAMES
    | P.MANAGE_GUILD_EXPRESSIONS
    | P.MANAGE_EVENTS
    | P.MODERATE_MEMBERS
    | P.VIEW_CREATOR_MONETIZATION_ANALYTICS
    | P.CREATE_GUILD_EXPRESSIONS
    | P.CREATE_EVENTS
)
VOICE = (
    P.PRIORITY_SPEAKER
    | P.STREAM
    | P.CONNECT
    | P.SPEAK
    | P.MUTE_MEMBERS
    | P.DEAFEN_MEMBERS
    | P.MOVE_MEMBERS
    | P.USE_VAD
    | P.USE_EMBEDDED_ACTIVITIES
    | P.USE_SOUNDBOARD
    | P.USE_EXTERNAL_SOUNDS
    | P.SET_VOICE_CHANNEL_STATUS
)


def guild_permissions(guild: Guild, member: Member, *, now: datetime | None = None) -> Permission:
    """Return a member's permissions in a server, without those of channels."""
    allowed = _of_roles(guild, member)
    return allowed & TIMED_OUT if allowed != ALL and _is_timed_out(member, now) else allowed


def channel_permissions(
    channel: Channel,
    guild: Guild,
    member: Member,
    *,
    parent: Channel | None = None,
    now: datetime | None = None,
) -> Permission:
    """Return a member's permissions in a channel.

    For a thread, the overwrites of ``parent``, its channel, count. Whether a member has joined a
    private thread is not looked at. Raise ValueError for a thread without its parent.
    """
    if channel.is_thread and parent is None:
        raise ValueError("a thread has the permissions of its parent: pass it")
    allowed = _of_roles(guild, member)
    if allowed == ALL:
        return ALL
    place = parent if channel.is_thread and parent is not None else channel
    allowed = _overwritten(allowed, place.permission_overwrites, guild, member)
    if _is_timed_out(member, now):
        allowed &= TIMED_OUT
    return _implied(allowed, channel)


def _of_roles(guild: Guild, member: Member) -> Permission:
    if member.user is not None and member.user.id == guild.owner_id:
        return ALL
    held = {guild.id, *member.roles}
    allowed = NONE
    for role in guild.roles:
        if role.id in held:
            allowed |= Permission(role.permissions) & ALL
    return ALL if allowed & P.ADMINISTRATOR else allowed


def _overwritten(
    allowed: Permission, overwrites: Iterable[Overwrite], guild: Guild, member: Member
) -> Permission:
    """Apply overwrites in order: of @everyone, of all roles together, of the member."""
    user_id: Id | None = None if member.user is None else member.user.id
    everyone = [o for o in overwrites if o.type == ROLE and o.id == guild.id]
    roles = [o for o in overwrites if o.type == ROLE and o.id in member.roles and o.id != guild.id]
    own = [o for o in overwrites if o.type == MEMBER and o.id == user_id]
    for level in (everyone, roles, own):
        deny = allow = NONE
        for overwrite in level:
            deny |= Permission(overwrite.deny) & ALL
            allow |= Permission(overwrite.allow) & ALL
        allowed = (allowed & ~deny) | allow
    return allowed


def _implied(allowed: Permission, channel: Channel) -> Permission:
    """Remove permissions that have no effect without another one."""
    sending = P.SEND_MESSAGES_IN_THREADS if channel.is_thread else P.SEND_MESSAGES
    if not allowed & sending:
        allowed &= ~NEEDS_SENDING
    if not allowed & P.VIEW_CHANNEL:
        return allowed & GUILD_ONLY
    if channel.type in VOICE_KINDS:
        if not allowed & P.CONNECT:
            allowed &= ~(VOICE | P.MANAGE_CHANNELS | P.MANAGE_ROLES)
    elif not channel.is_thread:
        allowed &= ~VOICE
    return allowed


def _is_timed_out(member: Member, now: datetime | None) -> bool:
    until = member.communication_disabled_until
    return until is not None and until > (now or datetime.now(UTC))
