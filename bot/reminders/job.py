"""A reminder: what a person typed, and the row that is kept of it."""

import msgspec

from bot.schedules.occurrences import columns
from bot.schedules.payload import Payload
from bot.times.recurrence import When
from connectors.local_scheduler import Limit, NewJob

KIND = "reminder"
# A message also has room for the mention, the link and the note that it is late.
TEXT_LIMIT = 1500
LIMIT = Limit(jobs=25, recurring=5)


class NewReminder(msgspec.Struct, frozen=True):
    """A reminder as it was typed. ``channel_id`` is None for a direct message.

    ``link`` leads to the message it is about; ``snoozed`` names the occurrence that it repeats.
    """

    when: str
    text: str
    channel_id: int | None
    guild_id: int | None = None
    link: str | None = None
    snoozed: str | None = None


class ReminderPayload(Payload, frozen=True):
    """The payload of a reminder's row. ``why_dm`` is why it came as a direct message instead."""

    text: str
    link: str | None = None
    snoozed: str | None = None
    why_dm: str = ""


def new_job(reminder: NewReminder, when: When, owner_id: int, job_id: str | None = None) -> NewJob:
    """Return the row of a reminder; the same id always makes the same row."""
    return NewJob(
        kind=KIND,
        id=job_id,
        owner_id=owner_id,
        guild_id=reminder.guild_id,
        channel_id=reminder.channel_id,
        payload=ReminderPayload(reminder.text, reminder.link, reminder.snoozed).json(),
        **columns(when),
    )
