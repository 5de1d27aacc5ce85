from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bot.answers.origin import Origin
from bot.answers.remarks import KIND, LATE_S, Remark, Remarks, say
from bot.sandbox.discord_server import Fault
from connectors import ConnectorError
from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import Job, KeptElsewhere, NewJob, Running, State

if TYPE_CHECKING:
    from tests.bot.answers.conftest import Stage


class Shelf:
    """A scheduler that keeps rows, and runs none."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.error: Exception | None = None
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def handler(self, kind: str, run: object) -> None:
        assert (kind, run is not None) == ("remark", True)

    async def get(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    async def run_now(self, job: NewJob) -> None:
        if self.error is not None:
            raise self.error
        assert job.id is not None
        if job.id in self.jobs:
            raise KeptElsewhere(job.id)
        facts: dict[str, Any] = {"next_run": self.now, "created_at": self.now}
        facts |= {"state": State.SETTLED, "payload": dict(job.payload)}
        self.jobs[job.id] = Job(id=job.id, kind=job.kind, owner_id=job.owner_id, **facts)


class Held:
    """A claim that nobody takes away."""

    async def ensure(self, fresh_s: float) -> None:
        """Hold it still."""

    def holds(self) -> bool:
        return True


async def delivered(stage: Stage, remark: Remark, *, after_s: float) -> None:
    """Run the row of a remark so long after it was made."""
    shelf, made_at = Shelf(), datetime.now(UTC)
    claim: Any = Held()
    shelf.now = made_at + timedelta(seconds=after_s)
    facts: dict[str, Any] = {"kind": KIND, "owner_id": stage.alice.id, "state": State.RUNNING}
    facts |= {"payload": msgspec.to_builtins(remark), "next_run": made_at, "created_at": made_at}
    running = Running(id=f"late{remark.reply_to}", claim=claim, **facts)
    await remarks_of(stage, shelf).deliver(running)


def origin(stage: Stage, message_id: int = 7) -> Origin:
    return Origin.of_message(
        message_id,
        application_id=1,
        channel_id=stage.channel.id,
        guild_id=None,
        user_id=stage.alice.id,
    )


def remarks_of(stage: Stage, shelf: Shelf) -> Remarks:
    return Remarks(shelf, stage.rest, clock=lambda: shelf.now.timestamp())  # type: ignore[arg-type]


async def test_processes_say_the_same_only_once(stage: Stage) -> None:
    shelf = Shelf()
    for process in (remarks_of(stage, shelf), remarks_of(stage, shelf)):
        await process.reply("hello", origin(stage))
        await process.reply("hello", origin(stage))
        await process.reply("read", origin(stage, 8), "hidden", 5)
        await process.reply("read", origin(stage, 9), "hidden", 5)
    assert [job.payload["content"] for job in shelf.jobs.values()] == ["hello", "read"]


@pytest.mark.parametrize(("minutes", "count"), [(59, 1), (61, 2)])
async def test_a_reason_is_told_once_an_hour(stage: Stage, minutes: int, count: int) -> None:
    shelf = Shelf()
    for minute in (30, 30 + minutes):
        shelf.now = datetime(2026, 1, 1, minute // 60, minute % 60, tzinfo=UTC)
        await remarks_of(stage, shelf).whisper_hourly("closed", origin(stage, minute), "closed")
    assert len(shelf.jobs) == count


async def test_without_a_database_it_is_said_all_the_same(stage: Stage) -> None:
    shelf = Shelf()
    shelf.error = DatabaseUnavailable("gone")
    await remarks_of(stage, shelf).reply("hello", origin(stage))
    assert stage.answers() == ["hello"]


@pytest.mark.parametrize(("status", "then"), [(500, []), (403, ["hello"])])
async def test_what_nobody_takes_now_keeps_nobody_else_from_being_answered(
    stage: Stage, status: int, then: list[str]
) -> None:
    shelf = Shelf()
    shelf.error, remarks = DatabaseUnavailable("gone"), remarks_of(stage, shelf)
    refused = Fault("POST", "/channels/.*", status=status, times=4)
    stage.server.inject(refused)
    await remarks.reply("hello", origin(stage))
    assert stage.answers() == []
    refused.times = 0
    await remarks.reply("hello", origin(stage))
    assert stage.answers() == then, "what may stand there already is not said again"


async def test_it_is_a_reply_or_a_direct_message(stage: Stage) -> None:
    question = await stage.server.post(stage.alice, stage.channel, "?")
    reply = Remark("hello", stage.channel.id, question.id)
    for _ in range(2):
        await say(stage.rest, reply, stage.alice.id, nonce="n")
    (shown,) = stage.server.messages(stage.channel)[1:]
    assert (shown.content, shown.reference) == ("hello", question)
    await say(stage.rest, Remark("psst"), stage.alice.id, nonce="m")
    assert stage.answers(stage.server.dm(stage.alice)) == ["psst"]


async def test_a_direct_message_about_a_channel_names_it(stage: Stage) -> None:
    remark = Remark("psst", 0, 0, stage.channel.id)
    await say(stage.rest, remark, stage.alice.id, nonce="m")
    (told,) = stage.answers(stage.server.dm(stage.alice))
    assert told == f"psst\n-# About your message in <#{stage.channel.id}>."
    stage.alice.blocks_dms = True
    await say(stage.rest, remark, stage.alice.id, nonce="n")
    assert stage.answers() == ["psst"], "there it needs no name"


async def test_who_takes_no_messages_is_left_alone_and_what_may_pass_is_raised(
    stage: Stage,
) -> None:
    stage.alice.blocks_dms = True
    assert await say(stage.rest, Remark("psst"), stage.alice.id, nonce="n") is None
    stage.server.inject(Fault("POST", "/channels/.*", status=500, times=4))
    with pytest.raises(ConnectorError):
        await say(stage.rest, Remark("psst", stage.channel.id), stage.alice.id, nonce="n")


@pytest.mark.parametrize(("after_s", "count"), [(LATE_S + 1.0, 1), (LATE_S - 1.0, 2)])
async def test_what_was_said_without_its_row_is_looked_for_once_the_nonce_is_forgotten(
    stage: Stage, after_s: float, count: int
) -> None:
    questions = [await stage.server.post(stage.alice, stage.channel, "?") for _ in range(2)]
    for remark in (Remark("hello", stage.channel.id, questions[0].id), Remark("hello")):
        await say(stage.rest, remark, stage.alice.id, nonce="another")
        await delivered(stage, remark, after_s=after_s)
    assert stage.answers() == ["hello"] * count
    assert stage.answers(stage.server.dm(stage.alice)) == ["hello"] * count
    await delivered(stage, Remark("hello", stage.channel.id, questions[1].id), after_s=after_s)
    assert stage.server.messages(stage.channel)[-1].reference == questions[1]


async def test_where_nothing_may_be_read_it_is_said_all_the_same(stage: Stage) -> None:
    refused = {"code": 50001, "message": "Missing Access"}
    stage.server.inject(Fault("GET", "/channels/.*", status=403, json=refused))
    await delivered(stage, Remark("hello", stage.channel.id), after_s=LATE_S + 1.0)
    assert stage.answers() == ["hello"]
