"""Requests that concern what is stored: the rows that are kept of them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from bot.privacy import texts
from bot.schedules.notice import new_notice
from bot.storage.holdings import Census, Extent
from connectors import ConnectorError
from connectors.discord import MessageBody
from connectors.local_scheduler import Job, NewJob, id_of, payload_as
from connectors.local_scheduler.job import microseconds

if TYPE_CHECKING:
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import Running

DELETION, EXPORT = "deletion", "export"


class Tell(Protocol):
    """Tells whoever waits for a request how it ended, once."""

    async def __call__(
        self, running: Running, rest: DiscordRest, request: Request, said: str
    ) -> None:
        """Raise ConnectorError to be run again."""


class Asker(msgspec.Struct, frozen=True):
    """A person who asks, their interaction, and the id of the message that they pressed."""

    user_id: int
    interaction_id: int
    application_id: int
    token: str
    pressed: int


class Request(msgspec.Struct, frozen=True):
    """A request about a person, or for a server, and the interaction that waits for its end.

    ``until`` is the id of that interaction: what is said later is not meant. Without an
    ``application_id`` nobody waits. ``has_left``: the bot has left the server, and may be back.
    """

    subject_id: int
    is_server: bool
    until: int
    application_id: int = 0
    token: str = ""
    has_left: bool = False

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the request of a row. Raise UnreadablePayload."""
        return payload_as(job, cls)

    def extent(self, job: Job, places: tuple[int, ...] = ()) -> Extent:
        until_us = microseconds(job.created_at)
        return Extent(self.subject_id, self.is_server, self.until, until_us, places)


class Progress(msgspec.Struct, frozen=True):
    """The draft of a deletion: what there was, and the answers that were told to end.

    Once ``is_told`` there is nothing more to do, and what there was is forgotten.
    """

    found: Census | None = None
    stopped: tuple[str, ...] = ()
    is_told: bool = False

    @classmethod
    def of(cls, job: Job) -> Self:
        return msgspec.convert(job.draft, cls, strict=False)


def new_job(kind: str, owner_id: int, request: Request, pressed: int) -> NewJob:
    """Return the job of a request; ``pressed`` names it, however often it is made."""
    return NewJob(
        kind=kind,
        id=id_of(kind, request.subject_id, pressed),
        owner_id=owner_id,
        payload=msgspec.to_builtins(request),
    )


def notice_of_parking(job: Job, _reason: str) -> NewJob | None:
    """Return the notice to whoever waits for a request that has failed for good."""
    said = texts.FAILED[job.kind]
    return new_notice(job.owner_id, said, said, job, job.kind) if job.owner_id else None


async def places_of(rest: DiscordRest, subject_id: int, *, is_server: bool) -> tuple[int, ...]:
    """Return the channels of a server, or the direct messages of a person, as far as known.

    Raise ConnectorError if Discord may know later.
    """
    try:
        if is_server:
            return tuple(int(channel.id) for channel in await rest.guild_channels(subject_id))
        return (int(await rest.create_dm(subject_id)),)
    except ConnectorError as error:
        if error.retryable:
            raise
        return ()


async def show(rest: DiscordRest, request: Request, said: str) -> None:
    """Say how far a request is, if it can be said where it was made."""
    if request.application_id:
        with suppress(ConnectorError):
            await edit(rest, request, said)


async def edit(rest: DiscordRest, request: Request, said: str) -> None:
    """Show a text, and nothing else, where a request was made. Raise ConnectorError."""
    await rest.edit_original(request.application_id, request.token, MessageBody(said))
