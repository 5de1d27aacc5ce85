"""The parts of the gateway and the processes that share it, as they are stored."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

# Of one part: how many there are in all, and its number among them.
Key = tuple[int, int]


def is_of(keys: Collection[Key], guild_id: int | None) -> bool:
    """Return whether a server, or direct messages if it is None, belong to one of these parts."""
    return any((0 if guild_id is None else (guild_id >> 22) % total) == n for total, n in keys)


class Shard(msgspec.Struct, frozen=True):
    """A part of the gateway. ``since`` and ``cut`` are ids of Discord, which grow with time.

    Its ``holder`` answers what came after ``cut``; its ``heir`` connects to take over. All parts of
    a total hold for what came after ``since``, which is None while they are being prepared.
    """

    total: int
    number: int
    since: int | None = None
    holder: str | None = None
    held_until: int = 0
    is_ready: bool = False
    heir: str | None = None
    is_heir_ready: bool = False
    cut: int = 0

    @property
    def key(self) -> Key:
        return self.total, self.number


class Member(msgspec.Struct, frozen=True):
    """A process that shares the gateway."""

    name: str
    joined_at: int
    is_leaving: bool = False


class Fleet(msgspec.Struct, frozen=True):
    """All parts and all living processes at ``now_us``, by the database's clock."""

    now_us: int
    shards: Collection[Shard]
    members: Collection[Member]
