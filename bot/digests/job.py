"""Pure: what a digest is as a job, when it is too late for one, and how it is listed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot.reminders.job import described, newest_due, when_of
from bot.text.formatting import counted, excerpt
from bot.times.when import When
from connectors.discord import time_snowflake, timestamp
from connectors.local_scheduler import Job, NewJob, State, id_from

KIND = "digest"
GUILD_LIMIT = 10
SHORTEST = timedelta(hours=1)
LATEST = timedelta(hours=6)
FEWEST, MINIMUM, MOST = 1, 5, 100  # new messages that are worth a post


@dataclass(frozen=True, slots=True)
class NewDigest:
    """What a person typed. The ids are those of channels; ``zone`` is what the digest's times are written in."""

    guild_id: int
    owner_id: int
    source_id: int
    target_id: int
    minimum: int = MINIMUM
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Requester:
    """Who wants a digest now, and the interaction in which they wait for its end."""

    application_id: int
    token: str
    user_id: int


@dataclass(frozen=True, slots=True)
class Post:
    """A finished text on its way: its messages, the ids of those that are posted, and what it covers.

    ``seen`` is the newest message that was read for it; ``saved_at`` is below the ids of its messages.
    """

    parts: tuple[str, ...]
    seen: int
    saved_at: int
    posted: tuple[str, ...] = ()

    @classmethod
    def of(cls, draft: Mapping[str, Any]) -> Self | None:
        """Return what a job's draft holds, or None before there is a text."""
        if "parts" not in draft:
            return None
        parts, posted = tuple(draft["parts"]), tuple(draft["posted"])
        return cls(parts, draft["seen"], draft["saved_at"], posted)

    def with_posted(self, message_id: str) -> Self:
        return replace(self, posted=(*self.posted, message_id))

    def draft(self) -> dict[str, Any]:
        return asdict(self)


def new_job(digest: NewDigest, when: When, now: datetime, asked_in: int | None = None) -> NewJob:
    """Return what the ledger is to keep. The first digest also covers one period before now.

    ``asked_in`` is the interaction of which it comes: however many processes see that, it is one job.
    """
    period = when.period or timedelta()
    return NewJob(
        kind=KIND,
        id=id_from(asked_in) if asked_in is not None else None,
        owner_id=digest.owner_id,
        next_run=when.first,
        guild_id=digest.guild_id,
        channel_id=digest.target_id,
        zone=when.zone.key,
        rule=when.rule,
        wall_time=when.wall_time.isoformat(),
        payload={
            "source": digest.source_id,
            "minimum": digest.minimum,
            "zone": digest.zone,
            "seen": time_snowflake(now - period),
        },
    )


def source_of(job: Job) -> int:
    """Return the channel that is read."""
    return int(job.payload["source"])


def zone_of(job: Job) -> ZoneInfo:
    """Return the zone in which times are written."""
    return ZoneInfo(job.payload.get("zone") or "UTC")


def requester_of(job: Job) -> Requester | None:
    """Return who waits for this run, or None when it comes by its rule."""
    asked = job.payload.get("asked")
    return Requester(**asked) if asked else None


def asking(job: Job, requester: Requester) -> dict[str, Any]:
    """Return the payload of a run that somebody waits for."""
    return {**job.payload, "asked": asdict(requester)}


def settled(job: Job, *, seen: int | None = None, trouble: str = "") -> dict[str, Any]:
    """Return the payload for the next run: what was read up to ``seen`` is done with."""
    kept = {key: value for key, value in job.payload.items() if key not in ("asked", "trouble")}
    if seen is not None:
        kept["seen"] = seen
    return kept | ({"trouble": trouble} if trouble else {})


def is_late(job: Job, now: datetime) -> bool:
    """Return whether so much time has passed that the next digest is the better one."""
    period = when_of(job).period
    patience = min(period / 2, LATEST) if period else LATEST
    return now - newest_due(job, now) > patience


def rule_words(job: Job) -> str:
    """Return how often a digest comes, in words."""
    return described(job, zone_of(job))


def state_words(job: Job) -> str:
    """Return what keeps a digest from coming, or what went wrong the last time, or nothing."""
    if job.state is State.PAUSED:
        return " · ⏸️ paused"
    if job.state is State.PARKED:
        return f" · ⚠️ stopped: {excerpt(job.reason or '', 300)}"
    trouble = job.payload.get("trouble")
    return f" · ⚠️ the last time: {excerpt(trouble, 200)}" if trouble else ""


def listed(jobs: Sequence[Job]) -> str:
    """Return a line for each digest of a server."""
    lines = []
    for job in jobs:
        waits = job.state in (State.PAUSED, State.PARKED)
        at = "" if waits else f" · next {timestamp(job.next_run, 'R')}"
        lines.append(
            f"- <#{source_of(job)}> → <#{job.channel_id}> · {rule_words(job)}{at} · from "
            f"{counted(job.payload['minimum'], 'message')} on · set by <@{job.owner_id}>{state_words(job)}"
        )
    return "\n".join(lines)
