"""A message that somebody has written, and whether it is meant for the bot."""

import re
from collections.abc import Mapping

import msgspec

from bot.providers.question import Attachment, Question, Quote, Where
from bot.text.formatting import on_one_line

# Source: resources/message, "Message Types". Every other type is a system message.
PLAIN, REPLY = 0, 19
NAME_LIMIT = 32  # source: Discord, a display name


class Me(msgspec.Struct, frozen=True):
    """The bot, and its managed role in the server of a message, if it has one.

    ``reads_content``: Discord shows it what people write without a mention.
    """

    user_id: int
    role_id: int | None = None
    reads_content: bool = False


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is now. ``text`` is empty if Discord does not let the bot read it.

    ``mentions`` and ``mention_roles`` are what Discord says is mentioned: not what stands in code.
    ``is_ours``: it stands in a thread that belongs to a conversation with the bot. ``quote`` is the
    message that it replies to or forwards, as far as the bot can read it; ``is_target_deleted``: it
    cannot, since that was deleted.
    """

    id: int
    channel_id: int
    author_id: int
    author: str
    guild_id: int | None = None
    text: str = ""
    kind: int = PLAIN
    is_person: bool = True
    mentions: Mapping[int, str] = {}  # with the names that people see
    mention_roles: tuple[int, ...] = ()
    replies_to: int | None = None
    replied_author_id: int | None = None
    is_thread: bool = False
    is_ours: bool = False
    attachments: tuple[Attachment, ...] = ()
    quote: Quote | None = None
    is_target_deleted: bool = False
    where: Where | None = None
    roles: tuple[int, ...] | None = None  # with @everyone; None if they are not known
    manages: bool = False  # its author is known to manage the server

    @property
    def goes_on(self) -> bool:
        """True if it continues what was said last where it stands: in a thread, or a DM."""
        return self.guild_id is None or self.is_thread

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
        return self.is_ours and not self.mentions

    def is_hidden(self, me: Me) -> bool:
        """Return whether Discord does not let the bot read it. Source: topics/gateway."""
        is_shown = self.guild_id is None or me.reads_content or me.user_id in self.mentions
        return not (is_shown or self.text or self.attachments)

    def question(self, me: Me) -> Question:
        """Return what is asked, without the mentions that only call the bot."""
        said = named(without_calls(self.text, me), self.mentions)
        return Question(
            said,
            turn=self.id,
            author=self.author,
            author_id=self.author_id,
            quote=self.quote,
            attachments=self.attachments,
            where=self.where,
        )


def without_calls(text: str, me: Me) -> str:
    """Return a text without the bot's mention at its beginning and its end."""
    call = f"<@(?:!?{me.user_id}|&{me.role_id})>"
    return re.sub(rf"\A(?:\s*{call}[,:]?)*\s*|(?:\s*{call})*\s*\Z", "", text)


def named(text: str, names: Mapping[int, str]) -> str:
    """Return a text with the name of each person behind their first mention."""
    for user_id, name in names.items():
        shown = on_one_line(name)[:NAME_LIMIT].replace("\\", r"\\")
        text = re.sub(rf"<@!?{user_id}>", rf"\g<0> ({shown})", text, count=1)
    return text
