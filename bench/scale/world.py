"""The events of the lean Discord: guilds, people, and their questions, as Discord's JSON."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import msgspec

JSON = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
EVERYTHING = str((1 << 53) - 1)
JOINED = "2026-01-01T00:00:00.000000+00:00"
_numbers = itertools.count(1)


def snowflake(shard: int = 0) -> int:
    """Return a new id of this moment."""
    number = next(_numbers) & 0x3FFFFF
    return (int(time.time() * 1000) - EPOCH_MS + shard) << 22 | number


@dataclass(frozen=True, slots=True)
class Guild:
    """A server with so many channels and roles; its people are not listed, as in large ones."""

    id: int = field(default_factory=snowflake)
    channels: int = 5
    roles: int = 3

    def channel_id(self, number: int) -> int:
        return self.id + 1 + number % self.channels

    def json(self, bot_id: int) -> JSON:
        """Return the guild for GUILD_CREATE."""
        channels = [channel_json(self.channel_id(n), self.id, n) for n in range(self.channels)]
        roles = [role_json(self.id + (1000 + n if n else 0), n) for n in range(self.roles)]
        return {
            "id": str(self.id),
            "name": f"Server {self.id}",
            "owner_id": str(self.id),
            "preferred_locale": "en-US",
            "features": [],
            "emojis": [],
            "stickers": [],
            "roles": roles,
            "channels": channels,
            "threads": [],
            "members": [member_json(bot_id, "abi")],
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
            "system_channel_flags": 0,
        }


@dataclass(slots=True)
class Asked:
    """A question by ``/ask``. Times are ``time.monotonic()``, or None for what has not come."""

    id: int
    token: str
    guild_id: int
    channel_id: int
    at: float
    is_late: bool = False  # an acknowledgement was refused: its 3 s were over
    acknowledged_at: float | None = None
    line_at: float | None = None  # a place in line was shown
    words_at: float | None = None  # the model's first words were shown
    ended_at: float | None = None


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


def channel_json(channel_id: int, guild_id: int, position: int) -> JSON:
    return {
        "id": str(channel_id),
        "type": 0,
        "guild_id": str(guild_id),
        "name": f"channel-{position}",
        "topic": None,
        "position": position,
        "parent_id": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": [],
        "last_message_id": None,
        "flags": 0,
    }


def role_json(role_id: int, position: int) -> JSON:
    return {
        "id": str(role_id),
        "name": f"role-{position}",
        "permissions": EVERYTHING if not position else "0",
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


def interaction_json(asked: Asked, command_id: str, bot_id: int, number: int) -> bytes:
    """Return INTERACTION_CREATE of an ``/ask``, whose asker has an id of their own."""
    channel = channel_json(asked.channel_id, asked.guild_id, 0) | {"permissions": EVERYTHING}
    prompt = {"name": "prompt", "type": 3, "value": f"question {number}"}
    whole = {
        "id": str(asked.id),
        "application_id": str(bot_id),
        "type": 2,
        "data": {"id": command_id, "name": "ask", "type": 1, "options": [prompt]},
        "token": asked.token,
        "version": 1,
        "guild_id": str(asked.guild_id),
        "guild": {"id": str(asked.guild_id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "locale": "en-US",
        "channel_id": str(asked.channel_id),
        "channel": channel,
        "member": member_json(asked.guild_id + 10_000 + number, f"user{number}"),
        "app_permissions": EVERYTHING,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": str(asked.guild_id)},
        "context": 0,
        "attachment_size_limit": 10_485_760,
    }
    return msgspec.json.encode(whole)


def chatter_json(guild: Guild, number: int) -> bytes:
    """Return MESSAGE_CREATE of something that people say to each other."""
    person = member_json(guild.id + 10_000 + number % 500, f"user{number % 500}")
    author = person.pop("user")
    said = message_json(snowflake(), guild.channel_id(number), author, "Nothing to do with a bot.")
    return msgspec.json.encode(said | {"guild_id": str(guild.id), "member": person, "nonce": "1"})


def message_json(message_id: int, channel_id: int, author: JSON, content: str) -> JSON:
    return {
        "id": str(message_id),
        "type": 0,
        "channel_id": str(channel_id),
        "author": author,
        "content": content,
        "timestamp": JOINED,
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "flags": 0,
    }
