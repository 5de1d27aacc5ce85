"""What people do to a question after they have asked it: they edit it, or delete it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.answers.keeping import TAKEN_AFTER
from bot.answers.record import Record
from bot.answers.revision import remove
from connectors.local_scheduler import State

if TYPE_CHECKING:
    from bot.answers.answer import Dependencies
    from bot.answers.service import Answers
    from bot.providers.question import Question
    from connectors.local_scheduler import Job, LocalScheduler

WITHDRAWN = "its question was deleted"


class Edits:
    """Both methods raise Refused if the answer is unknown, and DatabaseUnavailable."""

    def __init__(
        self, scheduler: LocalScheduler, answers: Answers, dependencies: Dependencies
    ) -> None:
        self._scheduler = scheduler
        self._answers = answers
        self._dependencies = dependencies

    async def revise(self, answer_id: str, question: Question, revision: int) -> None:
        """Answer a question anew that was edited, in the same messages, wherever it is written.

        Nothing is done for a question that is the same, or that was edited later already.
        """
        while True:
            record = await self._answers.find(answer_id)
            if revision <= record.origin.revision or is_same(question, record.question):
                return
            job = await self._scheduler.get(answer_id)
            if job is None or await self._change(job, Record.of(job), question, revision):
                return

    async def _change(self, job: Job, record: Record, question: Question, revision: int) -> bool:
        """Have an answer written anew. Return False if its row has changed meanwhile."""
        answer = self._answers.written_here(job.id)
        is_free = answer is not None or job.state is State.SETTLED
        screen = record.screen if answer is None else answer.record.screen
        asked = replace(question, parent=record.question.parent, quote=record.question.quote)
        origin = replace(record.origin, revision=revision)
        revised = Record(job.id, asked, origin, replaced=screen)
        changed = await self._scheduler.change(
            job.id,
            owner_id=job.owner_id,
            payload=revised.payload(),
            next_run=datetime.now(UTC) + (timedelta() if is_free else TAKEN_AFTER),
            was=job.payload,
        )
        if changed is None:
            return False
        await self._dependencies.memory.begin(origin.place, asked)
        return True

    async def end(self, answer_id: str) -> None:
        """End an answer whose question was deleted, but which others have replied to."""
        record = await self._answers.find(answer_id)
        await self._answers.stop(answer_id, user_id=record.origin.user_id, is_moderator=True)

    async def withdraw(self, answer_id: str) -> None:
        """End an answer whose question was deleted, forget it, and delete its messages.

        Raise ConnectorError if Discord is away.
        """
        answer = self._answers.written_here(answer_id)
        record = await self._answers.find(answer_id) if answer is None else answer.record
        if answer is not None:
            answer.abandon()
        owner_id = record.origin.user_id
        await self._scheduler.end(answer_id, owner_id=owner_id, reason=WITHDRAWN, erases=True)
        await remove(self._dependencies.rest, record if answer is None else answer.record)


def is_same(question: Question, other: Question) -> bool:
    """Return whether two questions ask the same: Discord also sends edits that change no text."""
    files = [attachment.id for attachment in question.attachments]
    others = [attachment.id for attachment in other.attachments]
    return question.prompt == other.prompt and files == others
