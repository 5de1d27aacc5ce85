from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers.dependencies import Dependencies
from bot.answers.edits import Edits, is_same
from bot.answers.record import Record
from bot.answers.service import Answers
from bot.errors import Refused
from bot.providers.catalog import Catalog
from bot.providers.question import Attachment, Question, Quote
from bot.providers.routing import Route
from bot.sandbox.discord_server.rules.permissions import VIEW_CHANNEL
from connectors.local_scheduler import Job, NewJob, Retry, Settled, State
from connectors.local_scheduler.job import EPOCH
from tests.bot.answers.conftest import Stage
from tests.bot.answers.test_revision import answered
from tests.bot.answers.test_service import Shelf, answers_on, record_of
from tests.bot.providers.scripted import Cast, ToAll

FILE = Attachment(1, "https://cdn.discordapp.com/1", "a.txt")


class Rows(Shelf):
    """A scheduler whose rows change only as they are expected to be."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[tuple[str, bool]] = []
        self.replied: dict[int, bool] = {}
        self.meanwhile: list[Record] = []
        self.new: list[NewJob] = []

    def handler(self, kind: str, run: object, **more: Any) -> None:
        assert kind in ("answer", "answer end", "withdrawal"), (run, more)

    async def run_now(self, job: NewJob) -> None:
        self.new.append(job)

    async def add(self, new: NewJob) -> Job:
        facts: dict[str, Any] = {"owner_id": new.owner_id, "payload": new.payload}
        job = Job(id=str(new.id), kind=new.kind, next_run=EPOCH, state=State.ACTIVE, **facts)
        return self.jobs.setdefault(job.id, job)

    async def change(self, job_id: str, **changes: Any) -> Job | None:
        if self.meanwhile:
            self.put(self.meanwhile.pop())
        if "was" not in changes:
            return await super().change(job_id, **changes)
        if self.jobs[job_id].payload != changes["was"]:
            return None
        self.jobs[job_id] = replace(self.jobs[job_id], payload=changes["payload"], draft={})
        return await super().change(job_id, **changes)

    async def end(self, job_id: str, *, owner_id: int, reason: str, erases: bool = False) -> bool:
        assert (owner_id, reason) != (0, "")
        self.ended.append((job_id, erases))
        return True


async def acknowledged() -> bool:
    return True


class Slow(ToAll):
    """A routing that has not decided yet."""

    def __init__(self, cast: Cast) -> None:
        super().__init__(cast)
        self.is_asked, self.decided = asyncio.Event(), asyncio.Event()

    async def route(self, *facts: object) -> Route:
        self.is_asked.set()
        await self.decided.wait()
        return await super().route(*facts)


def edits_on(rows: Rows, stage: Stage, answers: Answers | None = None) -> Edits:
    cast = Cast({})
    scheduler: Any = rows
    routing: Any = ToAll(cast)
    dependencies = Dependencies(cast, Catalog(cast), routing, stage.rest)

    async def forget(message_id: int) -> bool | None:
        return rows.replied.get(message_id)

    return Edits(scheduler, answers or answers_on(rows, stage), dependencies, forget)


class Attempt(Job, frozen=True):
    """A job that is run, and keeps its draft."""

    async def ensure_claim(self) -> None:
        """Hold it."""

    async def save_draft(self, draft: dict[str, Any]) -> None:
        self.draft.update(draft)


def withdrawal(job: NewJob) -> Any:
    facts: dict[str, Any] = {"owner_id": job.owner_id, "payload": dict(job.payload)}
    return Attempt(id=str(job.id), kind=job.kind, next_run=EPOCH, state=State.RUNNING, **facts)


async def test_an_edited_question_is_answered_anew_where_the_answer_stands(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage, "one")
    asked = Question("why?", parent=3, quote=Quote(1, "Bob", "tea"), provider="openai")
    job = rows.put(replace(record, question=asked), state=State.SETTLED)
    rows.jobs[job.id] = replace(job, draft=dict(record.draft()))
    await edits_on(rows, stage).revise(record.id, Question("how?", author="Alice"), 5)
    revised = Record.of(rows.jobs[record.id])
    assert revised.question == Question("how?", parent=3, quote=asked.quote, author="Alice")
    assert (revised.origin.revision, revised.is_revised) == (5, True)
    assert revised.screen == record.screen


@pytest.mark.parametrize(("prompt", "revision"), [("why?", 5), ("how?", 2), ("how?", 1)])
async def test_what_is_the_same_or_older_changes_nothing(
    stage: Stage, prompt: str, revision: int
) -> None:
    rows, record = Rows(), await answered(stage, "one")
    rows.put(replace(record, origin=replace(record.origin, revision=2)))
    await edits_on(rows, stage).revise(record.id, Question(prompt), revision)
    assert rows.changes == []


async def test_a_row_that_has_changed_meanwhile_is_read_again(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage, "one")
    rows.put(record)
    newer = replace(record, question=Question("when?"))
    rows.meanwhile.append(newer)
    await edits_on(rows, stage).revise(record.id, Question("how?"), 5)
    assert Record.of(rows.jobs[record.id]).question.prompt == "how?"
    assert len(rows.changes) == 1


@pytest.mark.parametrize("is_late", [False, True])
async def test_an_edited_question_that_was_not_stored_is_answered_anew(
    stage: Stage, is_late: bool
) -> None:
    rows, record = Rows(), await record_of(stage)
    answers = answers_on(rows, stage)
    await answers.accept(record.question, record.origin, acknowledged)
    await answers.settled(5.0)
    if is_late:  # the ledger has stored it after all
        rows.put(record, state=State.SETTLED)
    await edits_on(rows, stage, answers).revise(record.id, Question("how?"), 5)
    job = rows.jobs[record.id]
    revised = Record.of(job)
    assert (revised.question.prompt, revised.is_revised) == ("how?", True)
    assert (await answers.find(record.id)).question.prompt == "how?"


@pytest.mark.parametrize("is_late", [False, True])
async def test_what_was_not_stored_and_is_still_written_leaves_its_place_to_the_edited_question(
    stage: Stage, is_late: bool
) -> None:
    rows, record, cast = Rows(), await record_of(stage), Cast({})
    routing: Any = Slow(cast)
    scheduler: Any = rows
    answers = Answers(scheduler, Dependencies(cast, Catalog(cast), routing, stage.rest))
    origin = replace(record.origin, message_id=record.origin.interaction_id)
    await answers.accept(record.question, origin, acknowledged)
    await routing.is_asked.wait()
    if is_late:  # the ledger has stored it after all
        rows.put(record)
    await edits_on(rows, stage, answers).revise(record.id, Question("how?"), 5)
    routing.decided.set()
    await answers.settled(5.0)
    assert stage.answers() == [""]  # only deferred
    assert Record.of(rows.jobs[record.id]).question.prompt == "how?"


async def test_a_deleted_question_leaves_no_row_and_no_message(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage, "one", "two")
    rows.put(record, draft=dict(record.draft()))
    edits = edits_on(rows, stage)
    await edits.withdraw(record.id)
    attempt = withdrawal(*rows.new)
    for _ in range(2):
        await edits.run(attempt)
    assert rows.ended[:2] == [(record.id, False), (record.id, True)]
    assert stage.answers() == []


async def test_an_answer_that_was_replied_to_is_only_ended(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage, "one")
    rows.put(record, draft=dict(record.draft()), state=State.SETTLED)
    rows.replied[record.origin.message_id] = True
    edits = edits_on(rows, stage)
    await edits.withdraw(record.id)
    attempt = withdrawal(*rows.new)
    await edits.run(attempt)
    rows.replied.clear()  # it is forgotten by now
    await edits.run(attempt)
    assert rows.ended == []
    assert stage.answers() == ["one"]


async def test_a_withdrawal_of_what_is_erased_already_is_done(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage, "one")
    rows.put(record)
    edits = edits_on(rows, stage)
    await edits.withdraw(record.id)
    rows.jobs[record.id] = replace(rows.jobs[record.id], payload={})
    await edits.run(withdrawal(*rows.new))
    assert rows.ended == []


async def test_what_is_no_question_is_refused(stage: Stage) -> None:
    edits = edits_on(Rows(), stage)
    for work in (edits.revise("0" * 16, Question("?"), 1), edits.withdraw("0" * 16)):
        with pytest.raises(Refused):
            await work


def test_questions_are_the_same_if_their_text_and_files_are() -> None:
    asked = Question("why?", attachments=(FILE,))
    assert is_same(asked, replace(asked, provider="openai", author="Alice"))
    assert not is_same(asked, replace(asked, prompt="how?"))
    assert not is_same(asked, replace(asked, attachments=()))


async def test_what_cannot_be_deleted_is_deleted_once_its_channel_is_open(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage, "one")
    job = rows.put(record, state=State.SETTLED)
    edits, bot = edits_on(rows, stage), stage.server.bot_user
    await edits.withdraw(job.id)
    stage.server.set_overwrite(stage.channel, bot, deny=VIEW_CHANNEL)
    young = replace(withdrawal(rows.new[0]), created_at=datetime.now(UTC), attempts=1)
    assert isinstance(await edits.run(young), Retry)
    assert (job.id, True) not in rows.ended
    stage.server.set_overwrite(stage.channel, bot)
    assert await edits.run(withdrawal(rows.new[0])) == Settled()
    assert stage.answers() == []
    assert rows.ended[-1] == (job.id, True)
