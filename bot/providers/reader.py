"""Readers of what is said about a provider: what concerns one need not concern another."""

from __future__ import annotations

from enum import IntEnum


class Reader(IntEnum):
    """Managers read a provider's own words, too; the bot's owner also what to set where."""

    MEMBER = 0
    MANAGER = 1
    OWNER = 2

    @classmethod
    def of(cls, *, is_owner: bool, manages: bool) -> Reader:
        """Return who somebody is to the bot."""
        return cls.OWNER if is_owner else cls.MANAGER if manages else cls.MEMBER
