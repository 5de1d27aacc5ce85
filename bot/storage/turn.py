"""A question and its answer in a conversation; values only."""

import msgspec

from bot.providers.question import Attachment, Quote


class Extras(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The material that a question came with besides its text."""

    quote: Quote | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def files(self) -> tuple[Attachment, ...]:
        """All attached files, also those of the message that it is about."""
        return (*self.attachments, *(self.quote.attachments if self.quote else ()))


class Turn(msgspec.Struct, frozen=True, gc=False):
    """A question and its answer; ``id`` is that of the question's message or interaction.

    ``parent`` is the turn before, 0 for the first. ``answer`` is empty until there is one.
    """

    id: int
    parent: int
    guild_id: int | None
    channel_id: int
    author_id: int
    author: str
    prompt: str
    extras: Extras = Extras()
    answer: str = ""
    provider: str | None = None
    model: str | None = None
    is_deleted: bool = False


class Chain(msgspec.Struct, frozen=True):
    """The turns up to one, oldest first, and the summary of what was before them, or ""."""

    turns: tuple[Turn, ...] = ()
    summary: str = ""


class Deleted(msgspec.Struct, frozen=True):
    """A turn whose question was deleted: the messages that show its answer, and who follows."""

    turn: int
    channel_id: int
    messages: tuple[int, ...]
    has_replies: bool
