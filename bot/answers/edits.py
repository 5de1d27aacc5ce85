"""Questions that are edited or deleted after they were asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from bot.answers.closed import once_open, wake
from bot.answers.keeping import TAKEN_AFTER
from bot.answers.record import Record
from bot.answers.revision import remove
from bot.errors import Refused
from connectors import ConnectorError
from connectors.local_scheduler import (
    KeptElsewhere,
    NewJob,
    Outcome,
    Running,
    Settled,
    State,
    id_of,
    payload_as,
)

if TYPE_CHECKING:
    from bot.answers.answer import Answer
    from bot.answers.dependencies import Dependencies
    from bot.answers.service import Answers
    from bot.providers.question import Question
    from connectors.local_scheduler import Job, LocalScheduler

KIND = "withdrawal"
WITHDRAWN = "its question was deleted"

# Forgets a message, and returns whether somebody has replied to its answer; None if unknown.
Forget = Callable[[int], Awaitable[bool | None]]


# Returns an edited question as it may be answered, or raises Refused.
AdmitRevision = Callable[[Record], Awaitable[Record]]


async def admitted(revised: Record) -> Record:
    return revised


class Withdrawal(msgspec.Struct, frozen=True):
    """The payload of a job: an answer, and the message that asked."""

    answer_id: str
    message_id: int


class Edits:
    """Both methods raise Refused if the answer is unknown, and DatabaseUnavailable."""

    def __init__(
        self,
        scheduler: LocalScheduler,
        answers: Answers,
        dependencies: Dependencies,
        forget: Forget,
    ) -> None:
        self._scheduler = scheduler
        self._answers = answers
        self._dependencies = dependencies
        self._forget = forget
        scheduler.handler(KIND, self.run)

    async def revise(
        self, answer_id: str, question: Question, revision: int, admit: AdmitRevision = admitted
    ) -> None:
        """Answer a question anew that was edited, in the same messages, wherever it is written.

        Nothing is done for a question that is the same, or that was edited later already. Raise
        what ``admit`` raises if it may not be answered.
        """
        while True:
            record = await self._answers.find(answer_id)
            if revision <= record.origin.revision or is_same(question, record.question):
                return
            job = await self._scheduler.get(answer_id)
            answer = self._answers.written_here(answer_id)
            was = record if job is None else Record.of(job)
            shown = replace(was, screen=answer.record.screen) if answer else was
            revised = await admit(revision_of(shown, question, revision))
            is_claimed = answer is not None and answer.running is not None
            if job is None:
                is_stored = await self._add(revised)
            else:
                is_stored = await self._change(job, revised, is_here=is_claimed)
            if is_stored:  # else its row has changed meanwhile
                if answer is not None and not is_claimed:
                    answer.abandon()
                self._answers.unkept.forget(answer_id)
                ended = answer.record if answer else was
                await self._dependencies.settle(*ended.bill)
                await self._dependencies.memory.begin(revised.origin.place, revised.question)
                return

    async def _add(self, revised: Record) -> bool:
        """Have an answer written anew that the ledger did not take at first.

        Return whether it has no row of another question by now.
        """
        stored = await self._scheduler.add(revised.new_job())
        return Record.of(stored).origin.revision == revised.origin.revision

    async def _change(self, job: Job, revised: Record, *, is_here: bool) -> bool:
        """Have an answer written anew. Return whether its row was as expected."""
        is_free = is_here or job.state is State.SETTLED
        changed = await self._scheduler.change(
            job.id,
            owner_id=job.owner_id,
            payload=revised.payload(),
            next_run=datetime.now(UTC) + (timedelta() if is_free else TAKEN_AFTER),
            was=job.payload,
        )
        return changed is not None

    async def withdraw(self, answer_id: str) -> None:
        """Forget a question that was deleted; a job does so, that a crash loses nothing of it.

        Raise Refused if no answer is known.
        """
        answer = self._answers.written_here(answer_id)
        record = await self._answers.find(answer_id) if answer is None else answer.record
        job = NewJob(
            kind=KIND,
            id=id_of(KIND, answer_id),
            owner_id=record.origin.user_id,
            guild_id=record.origin.guild_id,
            channel_id=record.origin.channel_id,
            payload=msgspec.to_builtins(Withdrawal(answer_id, record.origin.message_id)),
        )
        with suppress(KeptElsewhere):
            await self._scheduler.run_now(job)

    async def run(self, running: Running) -> Outcome:
        """End an answer whose question was deleted, and delete its messages.

        They stay if somebody has replied to it. Raises ConnectorError for what may pass.
        """
        withdrawn = payload_as(running, Withdrawal)
        has_replies = running.draft.get("has_replies")
        if has_replies is None:
            has_replies = bool(await self._forget(withdrawn.message_id))
            await running.save_draft({"has_replies": has_replies})
        answer = self._answers.written_here(withdrawn.answer_id)
        try:
            record = answer.record if answer else await self._answers.find(withdrawn.answer_id)
            if has_replies:
                user_id = running.owner_id
                await self._answers.stop(withdrawn.answer_id, user_id=user_id, is_moderator=True)
                return Settled()
        except Refused:
            return Settled()  # it has ended, or is unknown by now
        return await self._remove(running, record, answer)

    async def look_again(self, guild_id: int) -> None:
        """Delete at once what could not be deleted in a server. Raise DatabaseUnavailable."""
        await wake(self._scheduler, guild_id, KIND)

    async def _remove(self, running: Running, record: Record, answer: Answer | None) -> Outcome:
        await running.ensure_claim()
        self._answers.unkept.drop(record.id)
        if answer is not None:
            answer.abandon()
        await self._scheduler.end(record.id, owner_id=running.owner_id, reason=WITHDRAWN)
        await self._dependencies.settle(*record.bill)
        # A request for a message may have been under way.
        outcome: Outcome = Settled()
        try:
            await remove(self._dependencies.rest, record if answer is None else answer.record)
        except ConnectorError as error:
            outcome = once_open(running, error)
        if isinstance(outcome, Settled):
            owner_id, reason = running.owner_id, WITHDRAWN
            await self._scheduler.end(record.id, owner_id=owner_id, reason=reason, erases=True)
        return outcome


def revision_of(record: Record, question: Question, revision: int) -> Record:
    """Return an answer that is to be written anew, in the messages of what is shown of it."""
    first = record.question  # its place may be a thread that was opened for the answer
    asked = replace(question, parent=first.parent, quote=first.quote, where=first.where)
    origin = replace(record.origin, revision=revision)
    return Record(record.id, asked, origin, replaced=record.screen)


def is_same(question: Question, other: Question) -> bool:
    """Return whether two questions ask the same: Discord also sends edits that change no text."""
    files = [attachment.id for attachment in question.attachments]
    others = [attachment.id for attachment in other.attachments]
    return question.prompt == other.prompt and files == others
