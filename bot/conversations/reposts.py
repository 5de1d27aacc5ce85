"""Messages that a proxy bot deletes and posts again by a webhook, under another name.

PluralKit, Tupperbox and the like post first and then delete. A repost says neither who wrote it
nor what it replies to: both are known from the message that it repeats.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

if TYPE_CHECKING:
    from bot.conversations.incoming import Incoming

WAIT_S = 2.0  # most proxies take less than a second
REMEMBERED_S = 15.0


class _Original:
    """A message that may be reposted."""

    def __init__(self, message: Incoming) -> None:
        self.message = message
        self._repost: Incoming | None = None
        self._is_certain = False
        self.is_deleted = False
        self.is_late = False  # a repost that comes now is answered by itself
        self.changed = asyncio.Event()

    @property
    def repost(self) -> Incoming | None:
        """The repost; one that cannot be read counts once the original is deleted."""
        return self._repost if self._is_certain or self.is_deleted else None

    async def settle(self) -> None:
        """Wait a moment for the repost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while self.repost is None:
                    self.changed.clear()
                    await self.changed.wait()

    def take(self, message: Incoming) -> bool:
        """Note a message of a webhook if it may be the repost."""
        is_later = message.id > self.message.id
        if self._is_certain or not (is_later and repeats(message, self.message)):
            return False
        self._repost = in_place_of(self.message, message)
        self._is_certain = bool(message.text or message.attachments)
        self.changed.set()
        return True

    def late(self) -> Incoming | None:
        """Return the repost, once, if it came late and the original is deleted."""
        if self._repost is None or not (self.is_late and self.is_deleted):
            return None
        self.is_late = False
        return self._repost


class Reposts:
    """Finds out which of the two to answer; the other never is, or its answer goes with it."""

    def __init__(self) -> None:
        self._originals: dict[int, _Original] = {}
        # Events may come in any order while one of them is being read.
        self._posted: deque[Incoming] = deque(maxlen=100)
        self._deleted: deque[int] = deque(maxlen=1000)

    async def final(self, message: Incoming) -> Incoming | None:
        """Return what to answer of a message and its repost, or None if it was deleted."""
        original = self._originals[message.id] = _Original(message)
        loop = asyncio.get_running_loop()
        loop.call_later(REMEMBERED_S, self._originals.pop, message.id, None)
        original.is_deleted = message.id in self._deleted
        any(map(original.take, self._posted))
        await original.settle()
        if original.repost is not None:
            return original.repost
        original.is_late = True
        return None if original.is_deleted else message

    def reposted(self, message: Incoming) -> Incoming | None:
        """Note what a webhook has posted; return it if it is to be answered only now."""
        self._posted.append(message)
        for original in list(self._originals.values()):
            if original.take(message):
                return original.late()
        return None

    def deleted(self, message_id: int) -> Incoming | None:
        """Note that a message is gone; return its repost if that is to be answered only now."""
        self._deleted.append(message_id)
        original = self._originals.get(message_id)
        if original is None:
            return None
        original.is_deleted = True
        original.changed.set()
        return original.late()


def repeats(repost: Incoming, original: Incoming) -> bool:
    """Return whether a message may be the repost of another, as far as it can be read."""
    if repost.channel_id != original.channel_id:
        return False
    names = [file.filename for file in repost.attachments]
    is_part = repost.text.strip() in original.text  # without the marks that name who speaks
    return is_part and names in ([], [file.filename for file in original.attachments])


def in_place_of(original: Incoming, repost: Incoming) -> Incoming:
    """Return a repost as a message of the person who wrote the original."""
    return replace(
        original,
        id=repost.id,
        author=repost.author,
        text=repost.text or original.text,
        attachments=repost.attachments or original.attachments,
    )
