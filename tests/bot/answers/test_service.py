from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Self

import msgspec
import pytest
from msgspec.structs import replace

from bot.answers import service, texts
from bot.answers.buttons import Button, button_row
from bot.answers.dependencies import Dependencies, NoMemory
from bot.answers.origin import Origin, Screen
from bot.answers.record import Record
from bot.answers.resume import EndIsShown
from bot.answers.service import STOPPING, Answers
from bot.errors import AnsweredElsewhere, Refused
from bot.providers.catalog import Catalog
from bot.providers.question import Progress, Question
from connectors import ApiRequestFailed, RateLimitExceeded
from connectors.database import DatabaseUnavailable
from connectors.discord import MessageBody
from connectors.local_scheduler import (
    ClaimLost,
    Job,
    KeptElsewhere,
    Running,
    Settled,
    State,
    UnreadablePayload,
)
from connectors.local_scheduler.job import EPOCH
from tests.bot.providers.scripted import Cast, ToAll

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.providers.preferences import Place
    from connectors.local_scheduler import NewJob
    from tests.bot.answers.conftest import Stage

    Notice = Callable[[Job, str], NewJob | None]


class Held:
    """A claim that is held."""

    is_dirty = False

    async def ensure(self, fresh_s: float) -> None:
        """Hold it still."""

    def holds(self) -> bool:
        return True

    def checkpoint(self, draft: object) -> None:
        """Keep nothing."""

    async def save(self) -> None:
        """Keep nothing."""


class Shelf:
    """A scheduler that only keeps rows, or leaves them to another process."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.changes: list[Mapping[str, Any]] = []
        self.dropped: list[str] = []
        self.notices: dict[str, Notice | None] = {}
        self.is_asked = asyncio.Event()
        self.is_kept_elsewhere = self.is_slow = False
        self.slow = asyncio.Event()
        self.takes_changes = True
        self.claim: object = None  # on what is held

    def handler(self, kind: str, run: object, *, notice: Notice | None = None, slots: int) -> None:
        assert (run is not None, slots) == (True, 100)
        self.notices[kind] = notice

    def put(self, record: Record, **changes: Any) -> Job:
        job = Job(
            id=record.id,
            kind="answer",
            owner_id=record.origin.user_id,
            next_run=EPOCH,
            state=State.ACTIVE,
            payload=dict(record.payload()),
        )
        self.jobs[record.id] = replace(job, **changes)
        return self.jobs[record.id]

    async def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    async def hold(self, new: NewJob) -> object:
        assert new.kind == "answer"
        self.is_asked.set()
        if self.is_slow:
            await self.slow.wait()
        if self.is_kept_elsewhere:
            raise KeptElsewhere
        return self.claim

    def begin(self, held: object) -> None:
        """Run it later, or never: a claim may be lost before."""
        assert held is self.claim

    async def drop(self, job_id: str, *, owner_id: int) -> None:
        assert owner_id
        self.dropped.append(job_id)

    async def change(self, job_id: str, **changes: Any) -> Job | None:
        self.changes.append(changes)
        return self.jobs[job_id] if self.takes_changes else None


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


class Recovered(NoMemory):
    """Notes what it is told of answers whose process died."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Sequence[str]]] = []

    async def recovered(
        self, _place: Place, _question: Question, progress: Progress, messages: Sequence[str]
    ) -> None:
        self.told.append((progress.text, messages))


class Revised(NoMemory):
    """Notes which edited questions it is told of, unless its database is away."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away, self.told, self.disowned = is_away, list[str](), list[str]()

    async def disown(self, messages: Sequence[str]) -> None:
        self.disowned += messages

    async def revise(self, _place: Place, question: Question) -> None:
        if self.is_away:
            raise DatabaseUnavailable("away")
        self.told.append(question.prompt)


def answers_on(
    shelf: Shelf, stage: Stage, memory: NoMemory | None = None, *, is_lasting: bool = True
) -> Answers:
    cast = Cast({})
    scheduler: Any = shelf
    routing: Any = ToAll(cast)
    dependencies = Dependencies(
        cast, Catalog(cast), routing, stage.rest, memory=memory or NoMemory()
    )
    return Answers(scheduler, dependencies, sleep=no_wait, is_lasting=is_lasting)


async def record_of(stage: Stage) -> Record:
    return Record.new(Question("why?"), await stage.origin())


async def test_an_answer_that_is_kept_is_found(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)
    shelf.put(record)
    assert await answers_on(shelf, stage).find(record.id) == record


@pytest.mark.parametrize("changes", [{"kind": "reminder"}, {"payload": {}}, None])
async def test_what_is_no_answer_is_forgotten(stage: Stage, changes: dict[str, Any] | None) -> None:
    shelf, record = Shelf(), await record_of(stage)
    if changes is not None:
        shelf.put(record, **changes)
    with pytest.raises(Refused, match=texts.FORGOTTEN):
        await answers_on(shelf, stage).find(record.id)


async def test_only_who_asked_or_a_moderator_stops_an_answer(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)
    shelf.put(record)
    answers = answers_on(shelf, stage)
    with pytest.raises(Refused, match=texts.NOT_YOURS):
        await answers.stop(record.id, user_id=1, is_moderator=False)
    await answers.stop(record.id, user_id=1, is_moderator=True)
    await answers.stop(record.id, user_id=record.origin.user_id, is_moderator=False)
    stopped = {
        "owner_id": record.origin.user_id,
        "payload": replace(record, stopped=True).payload(),
    }
    assert [{**change, "next_run": None} for change in shelf.changes] == [
        stopped | {"next_run": None}
    ] * 2


async def test_an_answer_that_has_ended_cannot_be_stopped(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)
    shelf.put(record)
    shelf.takes_changes = False
    with pytest.raises(Refused, match=texts.ENDED):
        await answers_on(shelf, stage).stop(
            record.id, user_id=record.origin.user_id, is_moderator=False
        )


async def test_an_answer_whose_end_is_shown_but_not_yet_stored_is_not_run_again_by_a_stop(
    stage: Stage,
) -> None:
    shelf, record = Shelf(), await record_of(stage)
    shelf.put(replace(record, origin=replace(record.origin, expires_at=2e9)))
    ended = MessageBody("So.", button_row(record.id, Button.AGAIN))
    await stage.rest.edit_original(*record.origin.webhook, ended)
    with pytest.raises(EndIsShown, match=texts.ENDED):
        await answers_on(shelf, stage).stop(
            record.id, user_id=record.origin.user_id, is_moderator=False
        )
    assert shelf.changes == []


async def test_a_question_that_another_process_keeps_is_not_acknowledged(stage: Stage) -> None:
    shelf = Shelf()
    shelf.is_kept_elsewhere = True

    async def acknowledge() -> bool:
        raise AssertionError

    await answers_on(shelf, stage).accept(Question("why?"), await stage.origin(), acknowledge)


TOO_LATE = ApiRequestFailed("discord", status=404, provider_code="10062")
IN_DOUBT = [
    TimeoutError(),
    OSError(),
    ApiRequestFailed("discord", status=502, reason="server"),
    ApiRequestFailed("discord", status=400, provider_code="40060"),
    RateLimitExceeded("discord", status=429),
]


async def accepted(stage: Stage, shelf: Shelf, *errors: Exception) -> Answers:
    """Accept a question once for each error that acknowledging it raises."""
    answers, record = answers_on(shelf, stage), await record_of(stage)
    raised = iter(errors)

    async def acknowledge() -> bool:
        raise next(raised)

    for _ in errors:
        await answers.accept(record.question, record.origin, acknowledge)
    await answers.settled(1.0)
    return answers


@pytest.mark.parametrize("error", [TOO_LATE, AnsweredElsewhere()])
async def test_a_question_that_certainly_cannot_be_acknowledged_is_dropped(
    stage: Stage, error: Exception
) -> None:
    shelf = Shelf()
    shelf.claim = running_as({})
    with pytest.raises(type(error)):
        await accepted(stage, shelf, error)
    assert len(shelf.dropped) == 1


@pytest.mark.parametrize("error", IN_DOUBT, ids=lambda error: type(error).__name__)
async def test_a_question_whose_acknowledgement_is_in_doubt_is_answered(
    stage: Stage, error: Exception
) -> None:
    shelf = Shelf()
    await accepted(stage, shelf, error)
    assert shelf.dropped == []
    assert stage.contents() != [""]


@pytest.mark.parametrize("is_certain", [True, False])
async def test_what_is_not_kept_and_was_perhaps_acknowledged_elsewhere_is_looked_at(
    stage: Stage, *, is_certain: bool
) -> None:
    answers, record = answers_on(Shelf(), stage), await record_of(stage)
    await stage.rest.edit_original(*record.origin.webhook, MessageBody("-# thinking… (5 s)"))

    async def acknowledge() -> bool:
        return is_certain

    with nullcontext() if is_certain else pytest.raises(AnsweredElsewhere):
        await answers.accept(record.question, record.origin, acknowledge)
    await answers.settled(1.0)
    assert (stage.answers() == ["-# thinking… (5 s)"]) is not is_certain


async def test_a_question_whose_claim_is_lost_before_it_runs_is_answered_by_the_next(
    stage: Stage,
) -> None:
    shelf, record = Shelf(), await record_of(stage)
    answers = answers_on(shelf, stage)
    shelf.claim = running_as(record.payload(), job_id=record.id)

    async def acknowledge() -> bool:
        return True

    await answers.accept(record.question, record.origin, acknowledge)
    outcome = await answers.run(running_as(record.payload(), job_id=record.id))
    assert isinstance(outcome, Settled)
    assert stage.contents() != [""]


@pytest.mark.parametrize("leave", ["forget", "drop"])
async def test_what_is_edited_or_deleted_while_it_is_looked_for_is_not_written_as_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leave: str
) -> None:
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    place: dict[str, Any] = {"application_id": 1, "channel_id": stage.channel.id, "guild_id": None}
    record = Record.new(
        Question("why?"), Origin.of_message(question.id, user_id=stage.alice.id, **place)
    )
    is_looking, may_go_on = asyncio.Event(), asyncio.Event()

    async def look(_: object, record: Record) -> Record:
        is_looking.set()
        await may_go_on.wait()
        return record

    async def acknowledge() -> bool:
        return True

    monkeypatch.setattr(service, "look", look)
    answers = answers_on(Shelf(), stage)
    await answers.accept(record.question, record.origin, acknowledge)
    await is_looking.wait()
    assert await answers.find(record.id) == record, "who edits it is understood"
    getattr(answers.unkept, leave)(record.id)
    may_go_on.set()
    await answers.settled(1.0)
    assert (answers.written_here(record.id), stage.answers()) == (None, [])


async def test_a_question_that_comes_again_is_answered_once(stage: Stage) -> None:
    await accepted(stage, Shelf(), TimeoutError(), TimeoutError())
    assert stage.paths.count("POST channels") == 1


async def test_a_process_that_stops_drops_nothing(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)

    async def acknowledge() -> bool:
        return await asyncio.Event().wait()

    answers = answers_on(shelf, stage)
    accepting = asyncio.create_task(answers.accept(record.question, record.origin, acknowledge))
    await shelf.is_asked.wait()
    await asyncio.sleep(0)
    accepting.cancel()
    await asyncio.gather(accepting, return_exceptions=True)
    assert shelf.dropped == []


@pytest.mark.parametrize(("reason", "is_ours"), [(None, False), ("cancelled", True)])
async def test_a_question_that_was_answered_elsewhere_meanwhile_is_left(
    stage: Stage, reason: str | None, *, is_ours: bool
) -> None:
    shelf, record = Shelf(), await record_of(stage)
    shelf.is_slow = shelf.is_kept_elsewhere = True
    shelf.put(record, state=State.SETTLED, reason=reason)
    answers = answers_on(shelf, stage)

    async def acknowledge() -> bool:
        shelf.slow.set()
        return True

    await answers.accept(record.question, record.origin, acknowledge)
    await answers.settled(1.0)
    assert (stage.paths != []) is is_ours


@pytest.mark.parametrize(
    ("is_kept", "is_lasting"), [(False, True), (False, False), (True, True), (True, False)]
)
async def test_what_is_being_accepted_when_a_process_stops_has_an_end_here_or_in_the_next(
    stage: Stage, *, is_kept: bool, is_lasting: bool
) -> None:
    shelf, record, may_go_on = Shelf(), await record_of(stage), asyncio.Event()
    shelf.claim = running_as(record.payload(), job_id=record.id) if is_kept else None

    async def acknowledge() -> bool:
        return await may_go_on.wait()

    answers = answers_on(shelf, stage, is_lasting=is_lasting)
    accepting = asyncio.create_task(answers.accept(record.question, record.origin, acknowledge))
    await shelf.is_asked.wait()
    closing = asyncio.create_task(answers.aclose(finish_s=0.0, close_s=10.0))
    while not answers.is_closing:  # noqa: ASYNC110 - it has no event for it
        await asyncio.sleep(0)
    may_go_on.set()
    await asyncio.gather(accepting, closing)
    is_left = is_kept and is_lasting
    assert (texts.CUT_OFF in stage.answers()[-1]) is not is_left


async def test_a_process_that_is_stopping_leaves_answers_to_the_next(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)
    answers = answers_on(shelf, stage)
    await answers.aclose(finish_s=0.0, close_s=0.0)
    running: Any = shelf.put(record)
    assert await answers.run(running) is STOPPING
    assert stage.paths == []


async def test_a_row_that_says_not_even_where_is_left_to_the_log(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)
    running: Any = shelf.put(record, payload={})
    with pytest.raises(UnreadablePayload, match="`question`"):
        await answers_on(shelf, stage).run(running)
    assert stage.paths == []


def running_as(
    payload: Mapping[str, Any], draft: Mapping[str, Any] = {}, job_id: str = "0" * 16
) -> Running:
    claim: Any = Held()
    return Running(
        id=job_id,
        kind="answer",
        owner_id=1,
        next_run=EPOCH,
        state=State.RUNNING,
        payload=dict(payload),
        draft=dict(draft),
        claim=claim,
    )


async def test_an_answer_that_is_parked_is_ended_by_a_job_of_its_own(stage: Stage) -> None:
    shelf, record = Shelf(), await record_of(stage)
    answers = answers_on(shelf, stage)
    notice = shelf.notices["answer"]
    assert notice is not None
    new = notice(shelf.put(record, payload={}, draft={}), "damaged")
    assert new is not None
    assert await answers.close(running_as(new.payload)) == Settled(None, {})
    assert shelf.changes == [{"owner_id": 1, "payload": {}}]
    dm = stage.server.dm(stage.alice)
    assert stage.contents(dm)[-1].endswith(f"⚠️ {texts.FORGOTTEN}")
    assert stage.answers() == [""]


class Broken:
    """A REST client with a bug."""

    def fenced(self, *_: object, **__: object) -> Self:
        return self

    async def create_message(self, *_: object) -> None:
        raise RuntimeError


async def test_an_answer_that_fails_by_a_bug_is_run_again(stage: Stage) -> None:
    answers, record = answers_on(Shelf(), stage), await record_of(stage)
    broken: Any = Broken()
    answers._dependencies = msgspec.structs.replace(answers._dependencies, rest=broken)
    with pytest.raises(RuntimeError):
        await answers.run(running_as(record.payload(), job_id=record.id))
    await answers.settled(0.1)
    assert answers._at_work.all() == []


async def test_an_edited_question_that_is_stopped_before_it_runs_shows_nothing_of_the_first_answer(
    stage: Stage,
) -> None:
    record = await record_of(stage)
    shown = await stage.rest.create_message(
        stage.channel.id, MessageBody("Because.", button_row(record.id, Button.STOP))
    )
    revised = replace(record, replaced=Screen((shown.id,)))
    payload = msgspec.structs.replace(
        Record.of(Shelf().put(revised)), question=Question("how?"), stopped=True
    ).payload()
    running = running_as(payload, job_id=record.id)
    assert isinstance(await answers_on(Shelf(), stage).run(running), Settled)
    assert stage.answers()[-1] == texts.STOPPED_EARLY


@pytest.mark.parametrize("is_away", [False, True])
async def test_an_edited_question_is_remembered_by_whoever_answers_it_anew(
    stage: Stage, is_away: bool
) -> None:
    memory, record = Revised(is_away=is_away), await record_of(stage)
    revised = replace(record, question=Question("how?"), replaced=Screen())
    running = running_as(revised.payload(), job_id=record.id)
    with pytest.raises(DatabaseUnavailable) if is_away else nullcontext():
        await answers_on(Shelf(), stage, memory).run(running)
    assert memory.told == ([] if is_away else ["how?"])


async def test_what_is_deleted_for_an_edited_question_is_not_taken_for_the_wish_of_a_person(
    stage: Stage,
) -> None:
    memory, record = Revised(), await record_of(stage)
    shown = Screen(("7", "8"), surplus=("9",))
    revised = replace(record, question=Question("how?"), replaced=shown)
    await answers_on(Shelf(), stage, memory).run(running_as(revised.payload(), job_id=record.id))
    assert memory.disowned == ["8", "9"]


async def test_an_answer_that_has_its_end_already_keeps_no_token(stage: Stage) -> None:
    record = await record_of(stage)
    buttons = button_row(record.id, Button.AGAIN)
    shown = await stage.rest.create_message(stage.channel.id, MessageBody("Yes.", buttons))
    draft = replace(record, progress=Progress("Yes."), screen=Screen((shown.id,))).draft()
    memory = Recovered()
    answers = answers_on(Shelf(), stage, memory)
    settled = await answers.run(running_as(record.payload(), draft, job_id=record.id))
    assert settled == Settled(None, record.closed())
    assert stage.answers() == ["", "Yes."]
    assert memory.told == [("Yes.", [shown.id])]


class Lost(Held):
    """A claim that another process has by now."""

    async def ensure(self, fresh_s: float) -> None:
        raise ClaimLost(fresh_s)


async def test_whose_claim_is_lost_deletes_nothing_of_what_another_process_shows(
    stage: Stage,
) -> None:
    stage.now = 2e9
    record, lost = await record_of(stage), Lost()
    surface = stage.surface(record.origin)
    first = await surface.create(MessageBody("One,"))
    await surface.create(MessageBody("two", button_row(record.id, Button.STOP)))
    known = replace(record, progress=Progress("One,"), screen=Screen((first,), read=4))
    running = running_as(record.payload(), known.draft(), record.id)
    with pytest.raises(ClaimLost):
        await answers_on(Shelf(), stage).run(replace(running, claim=lost))
    assert stage.answers() == ["One,", "two"]
