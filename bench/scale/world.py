"""The events of the lean Discord: people, their questions and messages, as Discord's JSON."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

import msgspec

from bench.scale.guild import EVERYTHING, JOINED, JSON, Guild, channel_json, member_json

EPOCH_MS = 1_420_070_400_000
_numbers = itertools.count(1)


def snowflake(shard: int = 0) -> int:
    """Return a new id of this moment."""
    number = next(_numbers) & 0x3FFFFF
    return (int(time.time() * 1000) - EPOCH_MS + shard) << 22 | number


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
