"""What the ledger keeps of an answer: the question, where it was asked, and how far the answer has come."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from bot.answers.surfaces import Origin, Screen
from bot.providers.generation import Progress, Question
from connectors.local_scheduler import NewJob, id_from

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.local_scheduler import Job

KIND = "answer"


@dataclass(frozen=True, slots=True)
class Record:
    """One answer, as it was asked for and as far as it has come. ``stopped`` was pressed while nobody wrote it."""

    id: str
    question: Question
    origin: Origin
    progress: Progress = Progress()  # noqa: RUF009  (frozen)
    screen: Screen = Screen()  # noqa: RUF009  (frozen)
    stopped: bool = False

    def payload(self) -> Mapping[str, Any]:
        """Return what does not change while the answer is written; once it is stopped, nothing does."""
        payload = {"question": asdict(self.question), "origin": asdict(self.origin)}
        return payload | {"stopped": self.draft()} if self.stopped else payload

    def draft(self) -> Mapping[str, Any]:
        """Return what changes while the answer is written."""
        # Rows of earlier releases say "heard".
        return {"heard": asdict(self.progress), "screen": asdict(self.screen)}

    def new_job(self) -> NewJob:
        """Return what the ledger is to keep from the beginning."""
        origin = self.origin
        return NewJob(
            kind=KIND,
            id=self.id,
            owner_id=origin.user_id,
            guild_id=origin.guild_id,
            channel_id=origin.channel_id,
            payload=self.payload(),
        )

    def closed(self) -> Mapping[str, Any]:
        """Return the payload of an answer that has ended: nobody needs its token any more."""
        origin = replace(self.origin, token="")
        return replace(self, origin=origin, stopped=False).payload()


def new_record(question: Question, origin: Origin) -> Record:
    """Return an answer of which there is nothing yet; the same one whichever process asks for it."""
    return Record(id_from(origin.interaction_id), question, origin)


def record_of(job: Job) -> Record:
    """Return the answer that a row keeps. Raises KeyError or TypeError for a row that is none."""
    stopped = job.payload.get("stopped")
    draft = stopped or job.draft
    screen = draft.get("screen", {})
    lists = {name: tuple(screen.get(name, ())) for name in ("messages", "surplus")}
    return Record(
        job.id,
        Question(**job.payload["question"]),
        Origin(**job.payload["origin"]),
        Progress(**draft.get("heard", {})),
        Screen(**screen | lists),
        stopped=stopped is not None,
    )
