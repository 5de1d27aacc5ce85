"""A digest: what a person asked for, the row that is kept of it, and the draft of one run."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from bot.schedules.occurrences import UTC_ZONE, columns, newest_due, when_of
from bot.schedules.payload import Payload
from bot.times.recurrence import When
from connectors.discord import time_snowflake
from connectors.local_scheduler import Job, NewJob, id_from

KIND = "digest"
GUILD_LIMIT = 10
LATEST = timedelta(hours=6)
# The fewest new messages that are worth a digest: the bounds, and the default between them.
FEWEST, MINIMUM, MOST = 1, 5, 100


class NewDigest(msgspec.Struct, frozen=True):
    """A digest as a person asked for it; its times are written in ``zone``."""

    guild_id: int
    owner_id: int
    source_id: int
    target_id: int
    minimum: int = MINIMUM
    zone: str = "UTC"


class Requester(msgspec.Struct, frozen=True):
    """The person who waits for a digest, and the interaction in which they wait."""

    application_id: int
    token: str
    user_id: int
    interaction_id: int = 0


class DigestPayload(Payload, frozen=True):
    """The payload of a digest's row.

    ``seen`` is the newest message of the channel ``source`` that a digest has covered. ``asked`` is
    set for a run that somebody waits for, and ``trouble`` after one that failed. ``answered`` is
    the last interaction in which somebody waited.
    """

    source: int
    minimum: int
    seen: int
    zone: str = "UTC"
    asked: Requester | None = None
    trouble: str = ""
    answered: int = 0

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which times are written; UTC if the stored one no longer exists."""
        try:
            return ZoneInfo(self.zone)
        except (ValueError, KeyError, OSError):
            return UTC_ZONE

    def is_for(self, requester: Requester) -> bool:
        """Return whether this request is being run already, or was run."""
        waiting = 0 if self.asked is None else self.asked.interaction_id
        return requester.interaction_id in {waiting, self.answered} - {0}

    def requested_by(self, requester: Requester) -> Self:
        return msgspec.structs.replace(self, asked=requester)

    def after_run(self, seen: int | None = None, trouble: str = "") -> Self:
        seen = self.seen if seen is None else seen
        answered = self.answered if self.asked is None else self.asked.interaction_id
        return msgspec.structs.replace(
            self, seen=seen, asked=None, trouble=trouble, answered=answered
        )


class Post(msgspec.Struct, frozen=True):
    """The draft of a run: the messages of a finished digest, and the ids of those that are posted.

    ``seen`` is the newest message it covers; ``saved_at`` is below the ids of its own messages.
    ``authors`` have written what it is about.
    """

    parts: tuple[str, ...]
    seen: int
    saved_at: int
    posted: tuple[str, ...] = ()
    authors: tuple[int, ...] = ()

    @classmethod
    def of(cls, draft: Mapping[str, Any]) -> Self | None:
        """Return what a job's draft holds, or None if no text is finished yet."""
        return msgspec.convert(draft, cls) if "parts" in draft else None

    def with_posted(self, message_id: str) -> Self:
        return replace(self, posted=(*self.posted, message_id))

    def draft(self) -> dict[str, Any]:
        return msgspec.structs.asdict(self)


def new_job(
    digest: NewDigest, when: When, now: datetime, interaction_id: int | None = None
) -> NewJob:
    """Return the row of a digest. Its first run also covers one period before now."""
    seen = time_snowflake(now - (when.period or timedelta()))
    payload = DigestPayload(digest.source_id, digest.minimum, seen, digest.zone)
    return NewJob(
        kind=KIND,
        id=id_from(interaction_id) if interaction_id is not None else None,
        owner_id=digest.owner_id,
        guild_id=digest.guild_id,
        channel_id=digest.target_id,
        payload=payload.json(),
        **columns(when),
    )


def is_late(job: Job, now: datetime) -> bool:
    """Return whether a run is so late that it is better left to the next one."""
    period = when_of(job).period
    latest = min(period / 2, LATEST) if period else LATEST
    return now - newest_due(job, now) > latest
