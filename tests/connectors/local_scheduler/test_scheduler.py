import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import ApiRequestFailed, RateLimitExceeded
from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import (
    ClaimLost,
    Config,
    Job,
    Limit,
    LimitReached,
    LocalScheduler,
    NewJob,
    Outcome,
    Pace,
    Parked,
    Retry,
    Running,
    Settled,
    State,
    UnreadablePayload,
)
from tests.connectors.local_scheduler.conftest import World
from tests.postgres import started

NOW = NewJob(kind="reminder", owner_id=1, channel_id=9, payload={"text": "tea"})
PACE = Pace(poll_s=0.05, checkpoint_s=0.02, first_retry_s=0.01, longest_retry_s=0.02, retries=2)


class Room:
    """A scheduler whose handler does what the test says next, and tells when it began."""

    def __init__(self, config: Config, pace: Pace) -> None:
        self.began: asyncio.Queue[Running] = asyncio.Queue()
        self.outcomes: list[Outcome | BaseException] = []
        self.parked: asyncio.Queue[tuple[Job, str]] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.scheduler = LocalScheduler(config, pace=pace)

    async def run(self, job: Running) -> Outcome:
        self.began.put_nowait(job)
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Settled()
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def next(self) -> Running:
        async with asyncio.timeout(15):
            return await self.began.get()

    async def on_parked(self, job: Job, reason: str) -> None:
        self.parked.put_nowait((job, reason))


@asynccontextmanager
async def room(config: Config, *, pace: Pace = PACE, **how: Any) -> AsyncIterator[Room]:
    made = Room(config, pace)
    made.scheduler.handler("reminder", made.run, on_parked=made.on_parked, **how)
    await made.scheduler.start()
    try:
        yield made
    finally:
        await made.scheduler.aclose(grace_s=5.0 if made.gate.is_set() else 0.0)


async def eventually(is_true: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again: rows, logs and servers tell nobody."""
    async with asyncio.timeout(30):
        while not await is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # without it, asking takes the time of what is waited for


async def until(world: World, job_id: str, holds: Callable[[Job], bool]) -> Job:
    async def is_so() -> bool:
        return holds(await world.get(job_id))

    await eventually(is_so)
    return await world.get(job_id)


async def said(text: str, caplog: pytest.LogCaptureFixture) -> bool:
    return text in caplog.text


def is_settled(job: Job) -> bool:
    return job.state is State.SETTLED


async def test_what_came_due_while_nobody_ran_is_run_at_start(world: World) -> None:
    job_id = await world.add(-3600)
    async with room(world.config) as here:
        job = await here.next()
        await until(world, job_id, is_settled)
    assert (job.id, job.is_takeover, job.must_look_back()) == (job_id, False, False)


async def test_a_job_runs_at_its_time_and_not_before(world: World) -> None:
    async with room(world.config) as here:
        due = datetime.now(UTC) + timedelta(seconds=0.3)
        await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=due))
        job = await here.next()
        assert job.next_run == due <= datetime.now(UTC)


async def test_the_collector_passes_over_what_was_loaded_while_the_scheduler_runs(
    world: World,
) -> None:
    async with room(world.config):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0


async def test_what_begins_at_once_is_in_the_ledger_before(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        kept = await world.get(added.id)
        assert (kept.state, kept.attempts, kept.payload) == (State.RUNNING, 1, {"text": "tea"})
        here.gate.set()
        here.outcomes.append(Settled(message_id="77"))
        done = await until(world, added.id, is_settled)
    assert done.draft == {"message_id": "77"}


async def test_what_begins_at_once_waits_for_no_slot(world: World) -> None:
    async with room(world.config, slots=1) as here:
        here.gate.clear()
        for _ in range(3):
            await here.scheduler.run_now(NOW)
        assert len({(await here.next()).id for _ in range(3)}) == 3
        here.gate.set()


async def test_no_more_run_at_once_than_there_are_slots(world: World) -> None:
    for _ in range(6):
        await world.add(-1)
    async with room(world.config, slots=2) as here:
        here.gate.clear()
        await here.next()
        await here.next()
        owned = await here.scheduler.owned_by(1)
        assert here.began.empty()
        assert {job.attempts for job in owned} <= {0, 1}
        here.gate.set()
        for _ in range(4):
            await here.next()


async def test_what_was_given_back_for_want_of_room_is_taken_up_when_there_is_room(
    world: World,
) -> None:
    # Between two looks by itself a process must hear that there is something to claim.
    seldom = replace(PACE, poll_s=30.0, renew_s=0.05)
    jobs = [await world.add() for _ in range(3)]
    async with room(world.config, pace=seldom, slots=2) as made:
        made.gate.clear()
        begun = [(await made.next()).id, (await made.next()).id]
        (waiting,) = set(jobs) - set(begun)
        await until(world, waiting, lambda job: job.state is State.ACTIVE)
        made.gate.set()
        assert (await made.next()).id == waiting


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_what_is_given_back_is_heard_of_elsewhere(world: World) -> None:
    jobs = [await world.add() for _ in range(2)]
    async with room(world.config, pace=replace(PACE, renew_s=0.05), slots=1) as full:
        full.gate.clear()
        begun = await full.next()
        async with room(world.config) as other:
            assert (await other.next()).id in set(jobs) - {begun.id}
        full.gate.set()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_what_a_stopped_process_held_is_heard_of_elsewhere(world: World) -> None:
    jobs = [await world.add() for _ in range(2)]
    async with AsyncExitStack() as stack:
        stopped = await stack.enter_async_context(room(world.config, slots=1))
        stopped.gate.clear()
        await stopped.next()
        async with room(world.config) as other:
            await eventually(lambda: is_listening(other))
            await other.scheduler.add(NOW)
            await other.next()  # from here on it waits to hear of something
            await stack.aclose()
            assert {(await other.next()).id, (await other.next()).id} == set(jobs)


async def is_listening(made: Room) -> bool:
    notices = made.scheduler._runner._notices
    return notices is not None and notices.is_listening


@pytest.mark.parametrize(
    "error", [KeyError("of ours"), ApiRequestFailed("discord", 503, reason="server")]
)
async def test_a_failure_is_tried_again_with_the_same_nonce(world: World, error: Exception) -> None:
    async with room(world.config) as here:
        here.outcomes.append(error)
        added = await here.scheduler.run_now(NOW)
        first, second = await here.next(), await here.next()
        await until(world, added.id, is_settled)
    assert (second.failures, second.is_takeover) == (1, True)
    assert first.nonce() == second.nonce()


async def test_a_failure_waits_as_long_as_the_server_asks(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(RateLimitExceeded("discord", 429, retry_after=600.0))
        added = await here.scheduler.run_now(NOW)
        waits = await until(world, added.id, lambda job: job.failures == 1)
        assert waits.state is State.ACTIVE
        found = await world.run(lambda c: world.of("b").next_visible_in(c, "reminder", 1))
    assert found is not None
    assert 590 < found.total_seconds() <= 600


async def test_what_fails_for_ever_is_parked_and_said_to_be(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes += [ApiRequestFailed("discord", 503, reason="server") for _ in range(3)]
        added = await here.scheduler.run_now(NOW)
        async with asyncio.timeout(15):
            job, reason = await here.parked.get()
        assert job.id == added.id
        assert "503" in reason
        assert (await world.get(added.id)).state is State.PARKED


async def test_a_handler_can_park_and_a_person_resume(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(Parked("the channel is gone"))
        added = await here.scheduler.run_now(NOW)
        await until(world, added.id, lambda job: job.state is State.PARKED)
        (listed,) = await here.scheduler.owned_by(1)
        assert listed.reason == "the channel is gone"
        assert await here.scheduler.resume(added.id, owner_id=2) is None
        assert await here.scheduler.resume(added.id, owner_id=1)
        await until(world, added.id, is_settled)


async def test_a_payload_that_its_handler_cannot_read_parks_the_job_at_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with room(world.config) as here:
        here.outcomes.append(UnreadablePayload("its payload cannot be read (no text)"))
        added = await here.scheduler.run_now(NOW)
        async with asyncio.timeout(15):
            _, reason = await here.parked.get()
    assert reason == "its payload cannot be read (no text)"
    assert (await world.get(added.id)).state is State.PARKED
    assert f"reminder {added.id} is parked: its payload cannot be read (no text)" in caplog.text


async def test_a_refused_token_is_no_fault_of_the_job(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes += [ApiRequestFailed("discord", 401, reason="auth") for _ in range(9)]
        added = await here.scheduler.run_now(NOW)
        done = await until(world, added.id, is_settled)
    assert (done.failures, done.attempts) == (0, 10)


async def test_later_is_no_failure_and_no_try(world: World) -> None:
    async with room(world.config) as here:
        here.outcomes.append(Retry(0.0, "asleep"))
        added = await here.scheduler.run_now(NOW)
        first, second = await here.next(), await here.next()
        done = await until(world, added.id, is_settled)
    assert (done.failures, done.attempts, second.is_takeover) == (0, 1, False)
    assert second.first_claimed_at != first.first_claimed_at


async def test_what_was_let_act_has_been_tried_whatever_it_says(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        here.outcomes.append(Retry(0.0, "asleep"))
        await here.scheduler.run_now(NOW)
        first = await here.next()
        await first.ensure_claim()
        here.gate.set()
        second = await here.next()
    assert (second.is_takeover, second.first_claimed_at) == (True, first.first_claimed_at)


@pytest.mark.parametrize("has_acted", [False, True])
async def test_a_stop_before_any_effect_is_no_try(world: World, has_acted: bool) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        if has_acted:
            await job.ensure_claim()
    left = await world.get(added.id)
    assert (left.attempts, left.first_claimed_at is not None) == (int(has_acted), has_acted)


async def test_a_recurring_job_goes_on_after_its_end(world: World) -> None:
    tomorrow = datetime(2040, 1, 1, tzinfo=UTC)
    async with room(world.config, next_run=lambda _job, _now: tomorrow) as here:
        here.outcomes.append(Settled(payload={"seen": "5"}))
        added = await here.scheduler.run_now(NOW)
        again = await until(world, added.id, lambda job: job.next_run == tomorrow)
    assert (again.state, again.payload, again.attempts) == (State.ACTIVE, {"seen": "5"}, 0)


async def test_a_rule_that_breaks_parks_the_job(world: World) -> None:
    def breaks(_job: Job, _now: datetime) -> datetime:
        raise OverflowError

    async with room(world.config, next_run=breaks) as here:
        added = await here.scheduler.run_now(NOW)
        job = await until(world, added.id, lambda job: job.state is State.PARKED)
    assert job.reason is not None
    assert "OverflowError" in job.reason


async def test_a_cancelled_job_is_stopped_and_may_not_act(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        assert not await here.scheduler.cancel(added.id, owner_id=2)
        assert await here.scheduler.cancel(added.id, owner_id=1)
        assert not job.holds_claim()
        with pytest.raises(ClaimLost):
            await job.ensure_claim()
        assert not await here.scheduler.cancel(added.id, owner_id=1)
        assert await here.scheduler.owned_by(1) == []
        here.gate.set()
    assert (await world.get(added.id)).reason == "cancelled"


async def test_a_cancel_elsewhere_is_noticed_before_a_waiting_job_starts(world: World) -> None:
    async with room(world.config) as here:
        due = datetime.now(UTC) + timedelta(seconds=1)
        added = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=due))
        await until(world, added.id, lambda job: job.state is State.RUNNING)
        await world.run(lambda c: world.owners.end(c, added.id, 1, "elsewhere"))
        later = await here.scheduler.add(
            NewJob(kind="reminder", owner_id=1, next_run=due + timedelta(seconds=0.1))
        )
        assert (await here.next()).id == later.id


async def test_a_paused_job_does_not_begin_and_a_running_one_may_end(world: World) -> None:
    tomorrow = datetime(2040, 1, 1, tzinfo=UTC)
    async with room(world.config, next_run=lambda _job, _now: tomorrow) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        await here.next()
        assert await here.scheduler.pause(added.id, owner_id=1)
        here.gate.set()
        job = await until(world, added.id, lambda job: job.next_run == tomorrow)
        assert job.state is State.PAUSED
        resumed = await here.scheduler.resume(added.id, owner_id=1)
    assert resumed is not None
    assert (resumed.state, resumed.next_run) == (State.ACTIVE, tomorrow)


async def test_a_changed_job_runs_at_its_new_time_with_what_is_new(world: World) -> None:
    async with room(world.config) as here:
        far = datetime.now(UTC) + timedelta(days=9)
        added = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=far))
        soon, change = datetime.now(UTC), here.scheduler.change
        assert await change(added.id, owner_id=2, next_run=soon) is None
        assert await change(added.id, owner_id=1, next_run=soon, payload={"x": 1}, rule="daily")
        job = await here.next()
    assert (job.next_run, job.payload, job.rule) == (soon, {"x": 1}, "daily")


async def test_what_was_done_otherwise_ends_as_that(world: World) -> None:
    async with room(world.config) as here:
        job_id = await world.add(60)
        assert not await here.scheduler.end(job_id, owner_id=2, reason="told in a list")
        assert await here.scheduler.end(job_id, owner_id=1, reason="told in a list")
        assert not await here.scheduler.end(job_id, owner_id=1, reason="told in a list")
    ended = await world.get(job_id)
    assert (ended.state, ended.reason) == (State.SETTLED, "told in a list")


async def test_all_of_a_person_is_forgotten_also_what_runs(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        await here.scheduler.run_now(NOW)
        running = await here.next()
        done = await world.add(60)
        await here.scheduler.cancel(done, owner_id=1)
        kept = await world.add(60, owner_id=2)
        assert await here.scheduler.forget(1) == 2
        assert await here.scheduler.forget(1) == 0
        with pytest.raises(ClaimLost):
            await running.ensure_claim()
        assert await here.scheduler.get(done) is None
        assert await here.scheduler.get(kept) is not None
        here.gate.set()


async def test_of_many_that_come_at_once_no_more_are_taken_than_the_limit(world: World) -> None:
    far = datetime.now(UTC) + timedelta(days=9)
    new = NewJob(kind="reminder", owner_id=1, next_run=far)
    processes = [LocalScheduler(world.config) for _ in range(3)]
    await asyncio.gather(*(process.owned_by(1) for process in processes))  # all are connected
    adding = [p.add(new, at_most=Limit(5, 1)) for p in processes for _ in range(4)]
    results = await asyncio.gather(*adding, return_exceptions=True)
    refused = [r for r in results if isinstance(r, LimitReached)]
    assert len([r for r in results if isinstance(r, Job)]) == 5
    assert len(refused) == 7
    assert not any(r.is_recurring for r in refused)
    assert len(await processes[0].owned_by(1)) == 5
    for other in (replace(new, owner_id=2), replace(new, kind="digest")):
        await processes[0].add(other, at_most=Limit(5, 1))
    await asyncio.gather(*(process.aclose() for process in processes))


async def test_those_with_a_rule_have_a_limit_of_their_own(world: World) -> None:
    scheduler = LocalScheduler(world.config)
    far = datetime.now(UTC) + timedelta(days=9)
    once = NewJob(kind="reminder", owner_id=1, next_run=far)
    daily, limit = replace(once, rule="every day"), Limit(5, 1)
    kept = await scheduler.add(daily, at_most=limit)
    other = await scheduler.add(once, at_most=limit)
    with pytest.raises(LimitReached, match="recurring"):
        await scheduler.add(daily, at_most=limit)
    with pytest.raises(LimitReached, match="recurring"):
        await scheduler.change(other.id, owner_id=1, rule="every day", at_most=limit)
    assert (await world.get(other.id)).rule is None
    assert await scheduler.change(kept.id, owner_id=1, rule="every week", at_most=limit)
    await scheduler.cancel(kept.id, owner_id=1)
    await scheduler.add(daily, at_most=limit)
    await scheduler.aclose()


async def test_only_ones_own_open_jobs_are_listed_the_next_one_first(world: World) -> None:
    second, first = await world.add(200), await world.add(100, kind="digest")
    await world.add(100, owner_id=2)
    scheduler = LocalScheduler(world.config)
    assert [job.id for job in await scheduler.owned_by(1)] == [first, second]
    assert [job.id for job in await scheduler.owned_by(1, kind="digest")] == [first]
    await scheduler.aclose()


async def test_a_guilds_open_jobs_are_listed_whoever_owns_them(world: World) -> None:
    digest = {"kind": "digest", "guild_id": 7}
    second, first = await world.add(200, **digest), await world.add(100, owner_id=2, **digest)
    await world.add(50, guild_id=7)
    await world.add(50, kind="digest", guild_id=8)
    over = await world.add(50, **digest)
    scheduler = LocalScheduler(world.config)
    assert await scheduler.cancel(over, owner_id=1)
    assert [job.id for job in await scheduler.of_guild(7, kind="digest")] == [first, second]
    await scheduler.aclose()


async def test_what_waits_can_come_at_once_and_goes_on_by_its_rule(config: Config) -> None:
    far = datetime.now(UTC) + timedelta(days=9)
    async with room(config, next_run=lambda *_: far) as here:
        added = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=far))
        assert await here.scheduler.run_early(added.id, owner_id=2, payload={}) is None
        assert await here.scheduler.run_early(added.id, owner_id=1, payload={"x": 1}) is not None
        job = await here.next()
        assert job.payload == {"x": 1}
        assert job.next_run < far
        await eventually(lambda: _is_due(here.scheduler, added.id, far))


async def _is_due(scheduler: LocalScheduler, job_id: str, when: datetime) -> bool:
    job = await scheduler.get(job_id)
    return job is not None and job.next_run == when


async def test_what_is_under_way_or_waits_for_a_person_cannot_be_run_early(config: Config) -> None:
    async with room(config) as here:
        here.gate.clear()
        running = await here.scheduler.add(NOW)
        await here.next()
        assert await here.scheduler.run_early(running.id, owner_id=1, payload={}) is None
        here.gate.set()
        far = datetime.now(UTC) + timedelta(days=9)
        paused = await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=far))
        await here.scheduler.pause(paused.id, owner_id=1)
        assert await here.scheduler.run_early(paused.id, owner_id=1, payload={}) is None


async def test_what_has_a_draft_cannot_be_run_early(world: World) -> None:
    begun = await world.add(9000, draft={"text": "so far"})
    scheduler = LocalScheduler(world.config)
    assert await scheduler.run_early(begun, owner_id=1, payload={}) is None
    await scheduler.aclose()


async def test_what_was_tried_and_failed_cannot_be_run_early(config: Config) -> None:
    slow = Pace(poll_s=0.05, first_retry_s=600.0)
    async with room(config, pace=slow) as here:
        here.outcomes.append(RuntimeError("no"))
        added = await here.scheduler.add(NOW)
        await here.next()

        async def waits() -> bool:
            job = await here.scheduler.get(added.id)
            return job is not None and job.state is State.ACTIVE

        await eventually(waits)
        assert await here.scheduler.run_early(added.id, owner_id=1, payload={}) is None


async def test_drafts_are_kept_while_a_job_runs(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        await job.save_draft({"text": "at once"})
        assert (await world.get(added.id)).draft == {"text": "at once"}
        job.checkpoint({"text": "soon"})
        await until(world, added.id, lambda kept: kept.draft == {"text": "soon"})
        here.gate.set()


async def test_a_draft_of_a_lost_claim_is_refused(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        job = await here.next()
        await world.sql("UPDATE jobs SET lease_by = 'another', attempts = 2")
        with pytest.raises(ClaimLost):
            await job.save_draft({"text": "mine"})
        assert (await world.get(added.id)).draft == {}
        here.gate.set()


async def test_what_runs_at_the_end_of_a_process_is_free_at_once(world: World) -> None:
    async with room(world.config) as here:
        here.gate.clear()
        added = await here.scheduler.run_now(NOW)
        (await here.next()).checkpoint({"text": "so far"})
        soon = datetime.now(UTC) + timedelta(seconds=1.5)
        waiting = (await here.scheduler.add(NewJob(kind="reminder", owner_id=1, next_run=soon))).id
        await until(world, waiting, lambda job: job.state is State.RUNNING)
    left = await world.get(added.id)
    assert (left.state, left.draft, left.failures) == (State.ACTIVE, {"text": "so far"}, 0)
    assert (await world.get(waiting)).attempts == 0
    assert len(await world.claim("b")) == 2


@pytest.mark.parametrize("column", ["payload", "draft"])
async def test_a_row_that_is_no_json_is_parked(world: World, column: str) -> None:
    job_id = await world.add(-1)
    await world.sql(f"UPDATE jobs SET {column} = 'nonsense'")  # noqa: S608  (a column of ours)
    async with room(world.config) as here:
        job = await until(world, job_id, lambda job: job.state is State.PARKED)
        assert here.began.empty()
    assert not job.is_readable


async def test_a_job_that_ends_every_process_is_given_to_no_other(world: World) -> None:
    job_id = await world.add(-1)
    await world.sql("UPDATE jobs SET crashes = 101")
    async with room(world.config):
        await until(world, job_id, lambda job: job.state is State.PARKED)


async def test_a_payload_that_is_no_json_is_refused_at_once(config: Config) -> None:
    scheduler = LocalScheduler(config)
    with pytest.raises(TypeError):
        await scheduler.add(
            NewJob(kind="reminder", owner_id=1, payload={"when": datetime.now(UTC)})
        )
    with pytest.raises(ValueError, match="no handler"):
        await scheduler.run_now(NewJob(kind="unheard of", owner_id=1))
    await scheduler.aclose()


async def test_a_database_that_is_not_there_is_said_in_one_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    scheduler = LocalScheduler(Config(tmp_path / "data"), pace=PACE)
    await scheduler.start()
    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        await scheduler.owned_by(1)
    await eventually(lambda: said("; retrying", caplog))
    (tmp_path / "data").unlink()
    await eventually(lambda: said("the database is available again", caplog))
    await scheduler.aclose()
    assert caplog.text.count("cannot be used") == 1


@pytest.fixture
def stoppable(tmp_path_factory: pytest.TempPathFactory, ledger_url: str) -> Iterator[Any]:
    """Give a server of this test's own; ledger_url has set up where servers may live."""
    server = started(tmp_path_factory.mktemp("stoppable"))
    yield server
    server.cleanup()


async def test_a_database_that_stops_under_load_loses_nothing(
    stoppable: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    effects: list[str] = []
    reached = asyncio.Event()

    async def effect(job: Running) -> Settled:
        await job.ensure_claim()
        effects.append(job.nonce())
        if len(effects) == 40:
            reached.set()
        return Settled()

    scheduler = LocalScheduler(Config(tmp_path, stoppable.get_uri()), pace=PACE)
    scheduler.handler("reminder", effect, slots=5)
    await asyncio.gather(*(scheduler.add(NOW) for _ in range(200)))
    await scheduler.start()
    async with asyncio.timeout(30):
        await reached.wait()
    await asyncio.to_thread(stoppable._stop)
    await eventually(lambda: said("does not answer", caplog))
    await asyncio.to_thread(stoppable.ensure_postgres_running)
    await eventually(lambda: has_nothing_left(scheduler))
    await scheduler.aclose()
    assert len(set(effects)) == 200
    assert len(effects) <= 205  # the nonce swallows what was under way


async def has_nothing_left(scheduler: LocalScheduler) -> bool:
    try:
        return not await scheduler.owned_by(1)
    except DatabaseUnavailable:
        return False
