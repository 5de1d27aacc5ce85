"""A notice to one person: the row that is kept of it."""

from bot.schedules.payload import Payload
from connectors.local_scheduler import Job, NewJob, id_of

KIND = "notice"


class NoticePayload(Payload, frozen=True):
    """A message; ``intro`` is what is left of it if Discord refuses the rest."""

    content: str
    intro: str


def new_notice(user_id: int, content: str, intro: str, about: Job, event: str) -> NewJob:
    """Return the job that tells somebody, once, of one event of one occurrence of a job."""
    occurrence = int(about.next_run.timestamp() * 1000)
    return NewJob(
        kind=KIND,
        id=id_of(KIND, event, about.id, occurrence, user_id),
        owner_id=user_id,
        payload=NoticePayload(content, intro).json(),
    )
