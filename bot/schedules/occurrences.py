"""Due times of a job: a ``When`` as the columns of its row, and the occurrences of a row."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from bot.times.recurrence import When
from connectors.local_scheduler import Job, State, UnreadablePayload

Clock = Callable[[], datetime]
UTC_ZONE = ZoneInfo("UTC")
LATE = timedelta(minutes=2)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Columns(TypedDict):
    next_run: datetime
    zone: str
    rule: str | None
    wall_time: str


def columns(when: When) -> Columns:
    """Return the columns from which ``when_of`` restores a ``When``."""
    wall_time = when.wall_time.isoformat()
    return Columns(next_run=when.first, zone=when.zone.key, rule=when.rule, wall_time=wall_time)


def when_of(job: Job) -> When:
    """Return the ``When`` of a row, from its first occurrence on. Raises UnreadablePayload."""
    try:
        wall_time = datetime.fromisoformat(job.wall_time or "")
        return When.restore(job.rule, wall_time, ZoneInfo(job.zone or "UTC"))
    except (ValueError, KeyError, OSError) as error:
        raise UnreadablePayload("its stored schedule cannot be read") from error


def next_run(job: Job, now: datetime) -> datetime | None:
    """Return the next occurrence after now, or None for a one-off."""
    return when_of(job).after(now) if job.rule else None


def newest_due(job: Job, now: datetime) -> datetime:
    """Return the newest occurrence up to now: of several that were missed, only this one counts."""
    due = job.next_run
    if job.rule is None or now - due < LATE:
        return due
    when, end = when_of(job), now
    # Halved again and again: a rule of five minutes has 105,120 occurrences in a year.
    while (later := when.after(due)) is not None and later <= now:
        middle = later + (end - later) / 2
        found = when.after(middle)
        if found is None or found > now:
            due, end = later, middle
        else:
            due = found
    return due


def is_waiting(job: Job) -> bool:
    """Return whether a job is paused or parked, so that it runs again only when it is resumed."""
    return job.state in (State.PAUSED, State.PARKED)
