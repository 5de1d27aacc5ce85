"""All answers: accepted into the ledger, written by one process, found again by their buttons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from bot.answers import closing, texts
from bot.answers.acceptance import Acceptance, admitted
from bot.answers.answer import Answer
from bot.answers.at_work import AtWork
from bot.answers.background import Background
from bot.answers.closing import Closing, closing_job, last_screen
from bot.answers.dependencies import Dependencies
from bot.answers.fence import fenced
from bot.answers.handover import HandedOver
from bot.answers.keeping import TAKEN_AFTER, Keeping, ending
from bot.answers.origin import Origin
from bot.answers.record import KIND, Address, AnswerDraft, Record
from bot.answers.resume import AnswerEnded, EndIsShown, conclude, has_ended, look, why_stopped
from bot.answers.revision import taken_over
from bot.answers.unkept import Unkept
from bot.errors import Refused
from bot.providers.question import Question
from connectors import ConnectorError
from connectors.local_scheduler import (
    Outcome,
    Retry,
    Running,
    Settled,
    UnreadablePayload,
    payload_as,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.answers.acceptance import Admit
    from connectors.local_scheduler import Job, LocalScheduler, NewJob

log = logging.getLogger(__name__)

# How many answers left by other processes are written at once; they mostly wait.
SLOTS = 100
STOPPING = Retry(1.0, "the process is stopping")
STILL_HERE = Retry(1.0, "this process is still writing it")


class Answers:
    """Accepts questions. ``is_lasting`` is False where the ledger is deleted with this process."""

    def __init__(
        self,
        scheduler: LocalScheduler,
        dependencies: Dependencies,
        *,
        is_lasting: bool = True,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._scheduler = scheduler
        self._dependencies = dependencies
        self._is_lasting = is_lasting
        self._at_work = AtWork()
        self.unkept = Unkept(dependencies.rest, self._write_unkept, self._again, sleep)
        self._closed: set[str] = set()
        self._tasks = Background()
        self._acceptance = Acceptance(
            Keeping(scheduler, self._tasks), dependencies, self._tasks, self._start, sleep
        )
        self.is_closing = False
        scheduler.handler(KIND, self.run, notice=self._notice, slots=SLOTS)
        scheduler.handler(closing.KIND, self.close, slots=SLOTS)

    async def accept(
        self,
        question: Question,
        origin: Origin,
        acknowledge: Callable[[], Awaitable[bool]],
        admit: Admit | None = None,
    ) -> None:
        """Save a question as ``admit`` returns it, acknowledge it, and begin to write its answer.

        The answer then reaches exactly one visible end; of a question that another process has
        saved, there. If acknowledge raises what certainly means that the token shows nothing, the
        question is dropped. It returns whether the acknowledgement is certainly ours.
        """
        if admit is not None:
            given = question, origin, acknowledge
            question, origin, acknowledge = await admitted(admit, *given)
        record = Record.new(question, origin)
        if record.id in self._at_work or self.unkept.get(record.id):
            return  # Discord sent the event twice
        with self._at_work.accepting(record.id):
            try:
                await self._acceptance.accept(record, acknowledge)
            except BaseException:
                await self._dependencies.release(record.account)
                raise

    def _start(self, record: Record, held: Running | None) -> None:
        if held is not None and not self.is_closing:
            self._scheduler.begin(held)
        elif held is None or not self._is_lasting:  # else the next process begins it
            answer = self._begin(record)
            if self.is_closing:  # no other process can find it
                answer.stop(texts.CUT_OFF)
            self._tasks.spawn(self.unkept.write(answer))

    async def settled(self, timeout_s: float) -> None:
        """Wait until this process accepts and writes no answer, at most timeout_s."""
        await self._at_work.settled(timeout_s)

    async def find(self, answer_id: str) -> Record:
        """Return an answer. Raise Refused if it is unknown, or DatabaseUnavailable."""
        if unkept := self.unkept.get(answer_id):
            return unkept
        job = await self._scheduler.get(answer_id)
        if job is None or job.kind != KIND:
            raise Refused(texts.FORGOTTEN)
        try:
            return Record.of(job)
        except UnreadablePayload as error:
            raise Refused(texts.FORGOTTEN) from error

    async def stop(self, answer_id: str, *, user_id: int, is_moderator: bool) -> None:
        """End an answer, whichever process is writing it. Raise Refused or DatabaseUnavailable."""
        answer = self._at_work.get(answer_id)
        record = answer.record if answer is not None else await self.find(answer_id)
        owner_id = record.origin.user_id
        if user_id != owner_id and not is_moderator:
            raise Refused(texts.NOT_YOURS)
        if answer is not None:
            answer.stop(texts.STOPPED)
            return
        if await has_ended(self._dependencies.rest, record):
            raise EndIsShown(texts.ENDED)
        taken = await self._scheduler.change(
            answer_id,
            owner_id=owner_id,
            payload=replace(record, stopped=True).payload(),
            next_run=datetime.now(UTC) + TAKEN_AFTER,
        )
        if taken is None:
            raise Refused(texts.ENDED)

    def written_here(self, answer_id: str) -> Answer | None:
        """Return an answer that this process is writing."""
        return self._at_work.get(answer_id)

    async def run(self, running: Running) -> Outcome:
        """Write an answer from the ledger: accepted here, or left by another process."""
        answer = self._at_work.get(running.id)
        if answer is not None and answer.running is not running:
            return STILL_HERE
        if self.unkept.get(running.id):  # the ledger has saved it after all
            return Settled()
        if answer is None and self.is_closing:
            return STOPPING
        try:
            if answer is None:
                answer = self._at_work.begin(await self._resumed(running))
            record = await self._write(answer)
        except AnswerEnded:
            return Settled(None, Record.of(running).closed())
        except HandedOver as stop:
            return stop.later or STOPPING
        except UnreadablePayload:
            await self._end_unreadable(running)
            raise
        return await ending(record, running, self._dependencies.memory)

    async def close(self, running: Running) -> Outcome:
        """End an answer that is parked, so that nobody waits for it."""
        to_close = payload_as(running, Closing)
        record = to_close.record
        if running.draft:
            record = replace(record, screen=AnswerDraft.of(running).screen)
        try:
            if running.is_takeover:
                record = await self._look(record, running)
            await self._write_end(record, running, to_close.said)
        except AnswerEnded:
            log.info("a parked answer has its end already")
            await self._dependencies.settle(*record.bill)
        except HandedOver as stop:
            return stop.later or STOPPING
        await self._forget(to_close.answer, running.owner_id, to_close.rest())
        return Settled(None, {})

    async def aclose(self, *, finish_s: float = 4.5, close_s: float = 2.5) -> None:
        """Wait for answers to finish, then hand the rest over to the next process; within 7 s."""
        self.is_closing = True
        await self.settled(finish_s)
        for answer in self._at_work.all():
            if self._is_lasting and answer.running is not None:
                answer.hand_over()
            else:  # no other process can find it
                answer.stop(texts.CUT_OFF)
        await self.settled(close_s)
        await self._tasks.aclose()

    async def _resumed(self, running: Running) -> Answer:
        """Return an answer that continues where its messages end.

        Raise AnswerEnded, or ConnectorError to be run again.
        """
        record = Record.of(running)
        if record.is_revised:
            # Whoever heard of the edit may have died since. The answer alone would not bring it.
            memory, screen = self._dependencies.memory, record.screen
            await memory.revise(record.origin.place, record.question)
            await memory.disown((*screen.messages[1:], *screen.surplus))  # which are deleted now
            taken = await taken_over(self._dependencies.rest, record, running)
            answer = Answer(taken, self._dependencies, running)
            if record.stopped:
                answer.stop(texts.STOPPED)
            return answer
        is_begun = running.is_takeover or bool(running.draft) or record.stopped
        try:
            if is_begun:
                record = await self._look(record, running)
        except AnswerEnded as error:
            await conclude(record, error, self._dependencies)
            raise
        answer = Answer(record, self._dependencies, running, is_resumed=is_begun)
        if why := why_stopped(record, running):
            answer.stop(why)
        return answer

    async def _look(self, record: Record, running: Running) -> Record:
        """Look what is shown of an answer, unless another process shows more of it by now."""
        return await look(fenced(self._dependencies.rest, running), record)

    async def _end_unreadable(self, running: Running) -> None:
        """Show the end of an answer whose row cannot be read, if its place can be read."""
        with suppress(UnreadablePayload):
            origin = payload_as(running, Address).origin
            record = Record(running.id, Question(""), origin, screen=last_screen(running))
            await self._write_end(record, running, f"⚠️ {texts.FORGOTTEN}")
            self._closed.add(running.id)
            await self._forget(running.id, running.owner_id, {})

    async def _forget(self, job_id: str, owner_id: int, payload: Mapping[str, Any]) -> None:
        """Leave only this of the payload of an answer that has ended: its token goes at once."""
        with suppress(ConnectorError):
            await self._scheduler.change(job_id, owner_id=owner_id, payload=payload)

    async def _write_end(self, record: Record, running: Running, said: str) -> None:
        answer = self._begin(record, running)
        answer.stop(said)
        await self._write(answer)

    def _notice(self, job: Job, _reason: str) -> NewJob | None:
        """Return the job that ends an answer which is parked, unless it has been ended here."""
        if job.id in self._closed:
            self._closed.discard(job.id)
            return None
        return closing_job(job)

    async def _write(self, answer: Answer) -> Record:
        """Write an answer, and return it at its end. Raise HandedOver, or what has it run again."""
        try:
            await answer.run()
        finally:
            self._at_work.end(answer)
        record = answer.record
        await self._dependencies.settle(*record.bill)
        return record

    async def _write_unkept(self, answer: Answer) -> float | None:
        """Return in how many seconds to write it again, if Discord lets nobody see it now."""
        try:
            await self._write(answer)
        except HandedOver as stop:
            return stop.later.after_s if stop.later is not None else None
        return None

    async def _again(self, answer: Answer) -> Answer | None:
        """Return an answer as it is shown, to be written again, or None if it has ended."""
        record = answer.record
        try:
            record = await look(self._dependencies.rest, record)
        except AnswerEnded:
            self._at_work.end(answer)
            return None
        except ConnectorError as error:
            log.info("discord: %s; an answer is shown again all the same", error)
        if self.unkept.is_dropped(record.id):
            self._at_work.end(answer)
            return None
        return self._begin(record)

    def _begin(self, record: Record, running: Running | None = None) -> Answer:
        return self._at_work.begin(Answer(record, self._dependencies, running))
