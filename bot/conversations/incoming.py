"""A message that somebody has written, and whether it is meant for the bot."""

import re

import msgspec

# Source: resources/message, "Message Types". Every other type is a system message.
PLAIN, REPLY = 0, 19


class Me(msgspec.Struct, frozen=True):
    """The bot, and its managed role in the server of a message, if it has one."""

    user_id: int
    role_id: int | None = None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is now. ``text`` is empty if Discord does not let the bot read it.

    ``mentions`` and ``mention_roles`` are what Discord says is mentioned: not what stands in code.
    ``thread_owner_id`` is who opened the thread it stands in, or None outside of threads.
    """

    id: int
    channel_id: int
    author_id: int
    author: str
    guild_id: int | None = None
    text: str = ""
    kind: int = PLAIN
    is_person: bool = True
    mentions: tuple[int, ...] = ()
    mention_roles: tuple[int, ...] = ()
    replies_to: int | None = None
    replied_author_id: int | None = None
    thread_owner_id: int | None = None

    def is_for(self, me: Me) -> bool:
        """Return whether a person asks the bot something: by a mention, a reply, or the place."""
        if not self.is_person or self.kind not in (PLAIN, REPLY):
            return False
        return self.guild_id is None or self.mentioned(me) or self._continues(me)

    def mentioned(self, me: Me) -> bool:
        """Return whether the bot or its own role is mentioned: not everyone, and no other role."""
        return me.user_id in self.mentions or me.role_id in self.mention_roles

    def _continues(self, me: Me) -> bool:
        """Return whether it replies to the bot, or stands in its thread and is for nobody else."""
        if self.replies_to is not None:
            return self.replied_author_id == me.user_id
        return self.thread_owner_id == me.user_id and not self.mentions

    def said(self, me: Me) -> str:
        """Return the text without the mentions that only call the bot."""
        return without_calls(self.text, me)


def without_calls(text: str, me: Me) -> str:
    """Return a text without the bot's mention at its beginning and its end."""
    call = f"<@(?:!?{me.user_id}|&{me.role_id})>"
    return re.sub(rf"\A(?:\s*{call}[,:]?)*\s*|(?:\s*{call})*\s*\Z", "", text)
