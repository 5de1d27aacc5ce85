"""Messages that a proxy bot deletes and posts again by a webhook, under another name.

PluralKit, Tupperbox and the like post first and then delete. A repost says neither who wrote it
nor what it replies to: both are known from the message that it repeats.
"""

from __future__ import annotations

import asyncio
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
        self.repost: Incoming | None = None
        self.is_deleted = False
        self.is_answered = False
        self.changed = asyncio.Event()

    async def wait(self) -> None:
        self.changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                await self.changed.wait()

    def late(self) -> Incoming | None:
        """Return the repost, once, if the original was answered first and then deleted."""
        if self.repost is None or not (self.is_answered and self.is_deleted):
            return None
        self.is_answered = False
        return self.repost


class Reposts:
    """Finds out which of the two to answer; the other never is, or its answer goes with it."""

    def __init__(self) -> None:
        self._originals: dict[int, _Original] = {}

    async def final(self, message: Incoming) -> Incoming | None:
        """Return what to answer of a message and its repost, or None if it was deleted."""
        original = self._originals[message.id] = _Original(message)
        loop = asyncio.get_running_loop()
        loop.call_later(REMEMBERED_S, self._originals.pop, message.id, None)
        await original.wait()
        if original.is_deleted and original.repost is None:
            await original.wait()
        if original.repost is not None:
            return original.repost
        original.is_answered = not original.is_deleted
        return message if original.is_answered else None

    def expects(self, channel_id: int) -> bool:
        """Return whether a repost may be of a message in a channel."""
        return any(o.message.channel_id == channel_id for o in self._originals.values())

    def reposted(self, message: Incoming) -> Incoming | None:
        """Note what a webhook has posted; return it if it is to be answered only now."""
        for original in self._originals.values():
            if original.repost is None and repeats(message, original.message):
                original.repost = in_place_of(original.message, message)
                original.changed.set()
                return original.late()
        return None

    def deleted(self, message_id: int) -> Incoming | None:
        """Note that a message is gone; return its repost if that is to be answered only now."""
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
