"""Texts about schedules, whatever the feature."""

from zoneinfo import ZoneInfo

from bot.schedules.occurrences import when_of
from bot.times.describe import describe
from bot.times.recurrence import absolute
from connectors.local_scheduler import Job, UnreadablePayload

NOT_LASTING = (
    "I cannot keep anything for later here, because my files are deleted at every restart. "
    "The person who runs me can change that; my log says how."
)
UNREADABLE = "at times that can no longer be read"
NO_ZONE = "I do not know your time zone. Set it with `/timezone`, then try again."
AMBIGUOUS = "That could mean two times. Write {}."
CLOCK_NOW = "What does your clock show now?"


def describe_schedule(job: Job, zone: ZoneInfo) -> str:
    """Return when a job is due, in words that ``parse`` reads back if the row can be read."""
    if job.rule is None:
        return describe(absolute(job.next_run), zone=zone)
    try:
        return describe(when_of(job), zone=zone).partition(", first")[0]
    except UnreadablePayload:
        return UNREADABLE
