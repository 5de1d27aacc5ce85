"""Guilds of the lean Discord, as Discord's JSON."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

JSON = dict[str, Any]

EVERYTHING = str((1 << 53) - 1)
SPEAKING = str(1 << 10 | 1 << 11)
JOINED = "2026-01-01T00:00:00.000000+00:00"
TEXT, VOICE, CATEGORY, ANNOUNCEMENT, FORUM = 0, 2, 4, 5, 15
# Seven of ten channels are for text; these are the kinds of the others, in turns.
OTHERS = (CATEGORY, VOICE, ANNOUNCEMENT, FORUM)
# An id is its guild's with other last digits; that of the next guild is of the next shard.
LAST = 10**5
STEP = ((1 << 22) // LAST + 1) * LAST
FIRST = 14 * 10**17
MODEL = FIRST - STEP
_numbers = itertools.count()


def _guild_id() -> int:
    return FIRST + STEP * next(_numbers)


@dataclass(frozen=True, slots=True)
class Guild:
    """A server with so many channels, roles and emojis; its people are not listed."""

    channels: int = 5
    roles: int = 3
    emojis: int = 0
    id: int = field(default_factory=_guild_id)

    def channel_id(self, number: int) -> int:
        """Return the id of a text channel."""
        return self.id + 1 + number % _text_channels(self.channels)

    def create_json(self, bot_id: int) -> bytes:
        """Return GUILD_CREATE."""
        model = _model_json(self.channels, self.roles, self.emojis, bot_id)
        return model.replace(_start(MODEL), _start(self.id))


def _text_channels(channels: int) -> int:
    return channels * 7 // 10


def _start(guild_id: int) -> bytes:
    return str(guild_id // LAST).encode()


@cache
def _model_json(channels: int, roles: int, emojis: int, bot_id: int) -> bytes:
    """Return the GUILD_CREATE that others are made of: thousands are sent at once."""
    guild_id = MODEL
    return msgspec.json.encode(
        {
            "id": str(guild_id),
            "name": f"Server {guild_id}",
            "icon": f"{guild_id:032x}",
            "owner_id": str(guild_id + 9_999),
            "preferred_locale": "en-US",
            "features": ["COMMUNITY", "NEWS"],
            "emojis": [emoji_json(guild_id + 3_000 + n) for n in range(emojis)],
            "stickers": [],
            "roles": [role_json(guild_id + (1_000 + n if n else 0), n) for n in range(roles)],
            "channels": [_channel_of(channels, n) for n in range(channels)],
            "threads": [],
            "members": [member_json(bot_id, "abi") | {"roles": [str(guild_id + 1_001)]}],
            "member_count": 300,
            "large": True,
            "unavailable": False,
            "joined_at": JOINED,
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "premium_progress_bar_enabled": False,
            "system_channel_id": str(guild_id + 1),
            "system_channel_flags": 0,
        }
    )


def user_json(user_id: int, name: str) -> JSON:
    return {
        "id": str(user_id),
        "username": name,
        "discriminator": "0",
        "global_name": name.title(),
        "avatar": None,
        "bot": False,
        "system": False,
        "public_flags": 0,
        "primary_guild": None,
    }


def member_json(user_id: int, name: str) -> JSON:
    return {
        "user": user_json(user_id, name),
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [],
        "joined_at": JOINED,
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": EVERYTHING,
    }


def _channel_of(channels: int, number: int) -> JSON:
    """Return a channel of the model. Of its categories, every other is private."""
    texts = _text_channels(channels)
    categories = range(texts, channels, len(OTHERS))
    kind = TEXT if number < texts else OTHERS[(number - texts) % len(OTHERS)]
    parent = categories[number % len(categories)]
    whole = channel_json(MODEL + 1 + number, MODEL, number) | {"type": kind}
    if number not in categories:
        whole |= {"parent_id": str(MODEL + 1 + parent)}
    is_private = (parent - texts) // len(OTHERS) % 2 == 1
    return whole | {"permission_overwrites": _overwrites(MODEL, is_private=is_private)}


def _overwrites(guild_id: int, *, is_private: bool) -> list[JSON]:
    everyone = {"id": str(guild_id), "type": 0, "allow": "0", "deny": SPEAKING}
    roles = [guild_id + 1_001, guild_id + 1_002]
    some = [{"id": str(role), "type": 0, "allow": SPEAKING, "deny": "0"} for role in roles]
    return [everyone, *some] if is_private else [everyone | {"deny": "0"}]


def channel_json(channel_id: int, guild_id: int, position: int) -> JSON:
    return {
        "id": str(channel_id),
        "type": TEXT,
        "guild_id": str(guild_id),
        "name": f"channel-{position}",
        "topic": "What this channel is for, and what not." if position % 2 else None,
        "position": position,
        "parent_id": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": [],
        "last_message_id": str(channel_id + 5_000),
        "flags": 0,
        "bitrate": 64_000,
        "user_limit": 0,
    }


def role_json(role_id: int, position: int) -> JSON:
    return {
        "id": str(role_id),
        "name": f"role-{position}",
        "permissions": EVERYTHING if not position else str(1 << 10 | 1 << position),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def emoji_json(emoji_id: int) -> JSON:
    return {
        "id": str(emoji_id),
        "name": f"emoji{emoji_id % LAST}",
        "roles": [],
        "require_colons": True,
        "managed": False,
        "animated": False,
        "available": True,
    }
