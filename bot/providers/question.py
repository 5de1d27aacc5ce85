"""Questions: the values that an answer, a conversation and their rows share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.providers import texts
from bot.storage.rules import Model
from bot.storage.use import Spent
from connectors import ChatMessage, ChatRequest, Role, Usage

VOICE = "voice"
GO_ON = "Go on exactly where you stopped. Repeat nothing, and do not comment on the interruption."


class Attachment(msgspec.Struct, frozen=True):
    """A file on Discord's servers; ``kind`` is ``voice`` if it is a voice message.

    The type is what the sender's client said, and may be wrong. A link expires within a day: a new
    one stands in the message, whose ids are 0 for a command's file.
    """

    id: int
    url: str
    filename: str
    content_type: str = ""
    size: int = 0  # bytes
    kind: str = ""
    channel_id: int = 0
    message_id: int = 0


class Quote(msgspec.Struct, frozen=True):
    """A message that a question is about; it belongs to no conversation."""

    author_id: int
    author: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Where(msgspec.Struct, frozen=True):
    """The names of a server and a channel, and the channel that a thread belongs to."""

    server: str = ""
    channel: str = ""
    parent_id: int = 0


class Question(msgspec.Struct, frozen=True):
    """A prompt, the provider and model if a person chose them, and the answer's text so far.

    ``turn`` is its place in a conversation: the id of its message or interaction, or 0 if it is not
    to be remembered. ``parent`` is the turn before it, 0 at the beginning. ``author`` is the
    display name of who asked it first, ``quote`` the message it is about. It is a command or a
    message. ``instead`` answers because a limit is reached.
    """

    prompt: str
    provider: str | None = None
    model: str | None = None
    so_far: str = ""
    instructions: str = ""  # ours, sent as the system message
    turn: int = 0
    parent: int = 0
    author: str = ""
    quote: Quote | None = None
    attachments: tuple[Attachment, ...] = ()
    where: Where | None = None
    is_command: bool = False
    author_id: int = 0
    instead: Model | None = None

    @property
    def asks(self) -> tuple[str | None, str | None]:
        """The provider and the model to ask, as far as they are chosen."""
        if self.instead is not None:
            return self.instead.provider, self.instead.model
        return self.provider, self.model

    @property
    def is_plain(self) -> bool:
        """True if it is sent as it is: a command that follows nothing and is about nothing."""
        is_command = self.is_command or self.where is None
        return is_command and not (self.parent or self.quote)

    @property
    def is_empty(self) -> bool:
        return not (self.prompt.strip() or self.attachments or self.quote)


class Progress(msgspec.Struct, frozen=True):
    """The text and reasoning so far; ``finish_reason`` is None until a model has finished.

    ``notes`` are sentences about what was asked, such as a file that could not be read. ``spent``
    is what was used for it.
    """

    text: str = ""
    reasoning: str = ""
    provider: str | None = None
    model: str | None = None
    finish_reason: str | None = None
    notes: tuple[str, ...] = ()
    spent: tuple[Spent, ...] = ()


NOTHING_YET = Progress()


async def _never() -> bool:
    return False


class Prepared(msgspec.Struct, frozen=True):
    """The messages of a request, and what people should know of them, each a sentence.

    ``stable`` is how many of them begin the next request, too. ``learn`` is called with the usage
    that a model reports for them; ``shrink`` if it refuses them as too long: it returns whether
    they would be shorter the next time.
    """

    messages: Sequence[ChatMessage]
    notes: tuple[str, ...] = ()
    stable: int = 0
    learn: Callable[[Usage], Any] = lambda _: None
    shrink: Callable[[], Awaitable[bool]] = _never

    @property
    def has_images(self) -> bool:
        return any(message.images for message in self.messages)


def request_of(prepared: Prepared, question: Question, text: str) -> ChatRequest:
    """Return the request for the rest of an answer of which there is some text already."""
    messages, so_far = list(prepared.messages), question.so_far + text
    if so_far.strip():
        messages += [ChatMessage(Role.ASSISTANT, so_far), ChatMessage(Role.USER, GO_ON)]
    return ChatRequest(messages, model=question.model, stable=prepared.stable)


def without_images(prepared: Prepared) -> Prepared:
    """Return the request without its pictures, and with a note that says so."""
    messages = [_without_images(message) for message in prepared.messages]
    return replace(prepared, messages=messages, notes=(*prepared.notes, texts.IMAGES_REFUSED))


def _without_images(message: ChatMessage) -> ChatMessage:
    if not message.images:
        return message
    content = f"{message.content}\n\n{texts.IMAGES_NOT_SHOWN}".strip()
    return replace(message, content=content, images=())


# Called with the question, the provider, and the model or None for its default. Raises only
# Refused, if nothing is asked.
Prepare = Callable[[Question, str, "str | None"], Awaitable[Prepared]]


async def alone(question: Question, _provider: str, _model: str | None) -> Prepared:
    """Return the request of a question that stands alone."""
    messages = [ChatMessage(Role.USER, question.prompt)]
    if question.instructions:
        messages.insert(0, ChatMessage(Role.SYSTEM, question.instructions))
    return Prepared(messages)
