import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from connectors.database.config import Config
from connectors.database.database import Database
from connectors.database.postgres import _BOUNDS
from connectors.local_scheduler.job import EPOCH, Fence, NewJob, Other, State, to_json
from tests.connectors.local_scheduler.conftest import AHEAD, World, fence


async def test_a_job_comes_back_as_it_was_added(world: World) -> None:
    due = datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=UTC)
    payload = {"text": "tea ☕ \x00 \ud800", "n": 2**53 + 1, "list": [1, None]}
    job_id = await world.add(
        next_run=due,
        owner_id=2**62,
        guild_id=3,
        channel_id=4,
        zone="Europe/Berlin",
        rule="every day",
        wall_time="02:30",
        payload=payload,
        draft={"text": "so far"},
    )
    job = await world.get(job_id)
    assert (job.next_run, job.owner_id, job.guild_id, job.channel_id) == (due, 2**62, 3, 4)
    assert (job.zone, job.rule, job.wall_time) == ("Europe/Berlin", "every day", "02:30")
    assert (job.payload, job.draft, job.state) == (payload, {"text": "so far"}, State.ACTIVE)


async def test_what_is_due_is_claimed_once_the_oldest_first(world: World) -> None:
    late, early = await world.add(-1), await world.add(-60)
    await world.add(60)
    assert [job.id for job in await world.claim("a")] == [early, late]
    assert await world.claim("b") == []


async def test_no_more_is_claimed_than_asked_for(world: World) -> None:
    for _ in range(5):
        await world.add()
    assert len(await world.claim("a", 2)) == 2
    assert len(await world.claim("b", 10)) == 3


async def test_a_job_is_claimed_shortly_before_it_is_due(world: World) -> None:
    await world.add(1.5)
    assert len(await world.claim("a")) == 1


async def test_a_lease_that_ends_soon_is_not_taken_ahead_of_time(world: World) -> None:
    await world.add()
    await world.claim("a")
    await world.passes(44)  # one second left: within the two seconds that are claimed ahead
    assert await world.claim("b") == []


async def test_a_dead_process_loses_its_jobs_when_the_lease_ends(world: World) -> None:
    job_id = await world.add(draft={"text": "so far"})
    (first,) = await world.claim("a")
    await world.passes(46)
    (second,) = await world.claim("b")
    assert (second.id, second.attempts, second.crashes) == (job_id, 2, 1)
    assert second.first_claimed_at is not None
    assert second.draft == first.draft == {"text": "so far"}


async def test_a_renewed_lease_is_kept(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    await world.passes(44)
    held = fence("a", job)
    assert await world.run(lambda c: world.of("a").renew(c, [held])) == {held}
    await world.passes(44)
    assert await world.claim("b") == []


async def test_every_write_of_a_lost_claim_fails(world: World) -> None:
    job_id = await world.add()
    (job,) = await world.claim("a")
    await world.passes(46)
    await world.claim("b")
    ledger, lost = world.of("a"), fence("a", job)
    second = timedelta(seconds=1)
    tries = [
        await world.run(lambda c: ledger.save_draft(c, lost, '{"of": "a"}')),
        await world.run(lambda c: ledger.settle(c, lost, draft="{}", payload=None, next_run=None)),
        await world.run(lambda c: ledger.settle(c, lost, draft="{}", payload=None, next_run=EPOCH)),
        await world.run(lambda c: ledger.postpone(c, lost, second, draft="{}")),
        await world.run(lambda c: ledger.give_back(c, lost)),
        await world.run(lambda c: ledger.park(c, lost, "why")),
    ]
    assert tries == [False] * 6
    assert await world.run(lambda c: ledger.renew(c, [lost])) == set()
    after = await world.get(job_id)
    assert (after.state, after.draft, after.attempts) == (State.RUNNING, {}, 2)


async def test_a_process_that_claims_again_is_fenced_from_its_own_past(world: World) -> None:
    await world.add()
    (first,) = await world.claim("a")
    await world.passes(46)
    (second,) = await world.claim("a")
    write = world.of("a").save_draft
    assert not await world.run(lambda c: write(c, fence("a", first), "{}"))
    assert await world.run(lambda c: write(c, fence("a", second), "{}"))


async def test_drafts_of_several_jobs_are_stored_together_where_they_are_still_held(
    world: World,
) -> None:
    for _ in range(4):
        await world.add(draft={"text": "before"})
    first, second, third, lost = await world.claim("a", 4)
    await world.sql(f"UPDATE jobs SET lease_by = 'b' WHERE id = '{lost.id}'")  # noqa: S608
    said = {"text": 'tea ☕ \\ " \x00 \ud800', "n": [1, None]}
    held = fence("a", first), fence("a", second)
    others = Fence(third.id, "a", third.attempts + 1), fence("a", lost), Fence("none", "a", 1)
    drafts = dict.fromkeys((*held, *others), to_json(said))
    assert await world.run(lambda c: world.of("a").save_drafts(c, drafts)) == set(held)
    kept = [(await world.get(job.id)).draft for job in (first, second, third, lost)]
    assert kept == [said, said, {"text": "before"}, {"text": "before"}]


async def test_what_is_settled_is_kept_and_not_claimed_again(world: World) -> None:
    job_id = await world.add()
    (job,) = await world.claim("a")
    await world.run(
        lambda c: world.of("a").settle(
            c, fence("a", job), draft='{"message_id":"7"}', payload=None, next_run=None
        )
    )
    await world.passes(3600)
    assert await world.claim("b") == []
    settled = await world.get(job_id)
    assert (settled.state, settled.draft) == (State.SETTLED, {"message_id": "7"})


async def test_a_recurring_job_begins_its_next_occurrence_afresh(world: World) -> None:
    job_id = await world.add(draft={"text": "of today"})
    (job,) = await world.claim("a")
    tomorrow = job.next_run + timedelta(days=1)
    await world.run(
        lambda c: world.of("a").settle(
            c, fence("a", job), draft='{"x":1}', payload='{"seen":"9"}', next_run=tomorrow
        )
    )
    after = await world.get(job_id)
    assert (after.state, after.next_run) == (State.ACTIVE, tomorrow)
    assert (after.attempts, after.first_claimed_at, after.draft) == (0, None, {})
    assert after.payload == {"seen": "9"}
    assert after.nonce() != job.nonce()


async def test_others_are_settled_in_the_same_transaction_or_not_at_all(world: World) -> None:
    once, daily, moved = [await world.add(-n) for n in (3, 2, 1)]
    job_id = await world.add(-4)
    (job,) = await world.claim("a", limit=1)
    assert job.id == job_id
    was = {other: (await world.get(other)).next_run for other in (once, daily, moved)}
    tomorrow = was[daily] + timedelta(days=1)
    others = [
        Other(once, was[once], None, "in a list"),
        Other(daily, was[daily], tomorrow),
        Other(moved, was[moved] - timedelta(days=1), None),
    ]
    lost = Fence(job.id, "a", job.attempts + 1)
    for held in (lost, fence("a", job)):
        is_held = await world.run(
            lambda c, held=held: world.of("a").settle(  # type: ignore[misc]
                c, held, draft="{}", payload=None, next_run=None, others=others
            )
        )
        states = [(await world.get(other)).state for other in (once, daily, moved)]
        ended = State.SETTLED if is_held else State.ACTIVE
        assert states == [ended, State.ACTIVE, State.ACTIVE]
    assert (await world.get(once)).reason == "in a list"
    assert (await world.get(daily)).next_run == tomorrow
    assert (await world.get(moved)).next_run == was[moved]


async def test_a_job_that_failed_waits_and_keeps_its_draft_and_nonce(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    minute = timedelta(seconds=60)
    await world.run(
        lambda c: world.of("a").postpone(
            c, fence("a", job), minute, draft='{"a":1}', reason="503", is_failure=True
        )
    )
    assert await world.claim("b") == []
    await world.sql("UPDATE jobs SET visible_at = visible_at - 60000000")
    (again,) = await world.claim("b")
    assert (again.failures, again.attempts, again.crashes) == (1, 2, 0)
    assert (again.draft, again.reason) == ({"a": 1}, "503")
    assert again.nonce() == job.nonce()


async def test_a_claim_given_back_leaves_no_trace(world: World) -> None:
    job_id = await world.add(-1)
    before = await world.get(job_id)
    (job,) = await world.claim("a")
    await world.run(lambda c: world.of("a").give_back(c, fence("a", job)))
    assert await world.get(job_id) == before


async def test_a_process_that_ends_lets_go_of_what_it_claimed(world: World) -> None:
    done, free, others = await world.add(-3), await world.add(-2), await world.add(-1)
    await world.claim("a", 2)
    await world.claim("b")
    await world.run(lambda c: world.of("a").release(c, [done]))
    states = [(await world.get(job_id)).state for job_id in (done, free, others)]
    assert states == [State.RUNNING, State.ACTIVE, State.RUNNING]
    assert (await world.get(free)).attempts == 0


async def test_a_nonce_differs_by_part_and_fits_discord(world: World) -> None:
    job = await world.get(await world.add())
    nonces = {job.nonce(), *(job.nonce(part) for part in range(10))}
    assert len(nonces) == 10
    assert max(map(len, nonces)) <= 25


async def test_an_older_process_leaves_newer_versions_alone(world: World) -> None:
    await world.add(version=2)
    assert await world.claim("old", version=1) == []
    assert len(await world.claim("new", version=2)) == 1


@pytest.mark.parametrize("broken", ["", "{", "[]", "nonsense", "1" * 5000])
async def test_a_row_that_is_no_json_is_kept_and_said_to_be_unreadable(
    world: World, broken: str
) -> None:
    job_id = await world.add()
    await world.sql("UPDATE jobs SET payload = :broken", broken=broken)
    assert not (await world.get(job_id)).is_readable


async def test_the_wait_is_that_for_the_next_job_of_others(world: World) -> None:
    await world.add()
    await world.claim("a")
    await world.add(100)

    async def wait(worker: str) -> float:
        _, waits = await world.run(lambda c: world.of(worker).look(c, {"reminder": 1}))
        return waits["reminder"].total_seconds()

    assert await wait("a") == pytest.approx(100, abs=5)
    assert await wait("b") == pytest.approx(45, abs=5)


async def test_one_look_tells_of_every_kind_whether_a_claim_would_find_something(
    world: World,
) -> None:
    kinds = {"due": 1, "soon": 1, "later": 1, "newer": 1, "none": 1, "retried": 1, "reminder": 1}
    waiting = {"due": -1.0, "soon": 1.5, "later": 60.0, "newer": -1.0, "unknown": -1.0}
    for kind, due_in_s in waiting.items():
        await world.add(due_in_s, kind=kind, version=2 if kind == "newer" else 1)
    await world.add(1.0, kind="retried")
    await world.sql("UPDATE jobs SET visible_at = visible_at + 500000 WHERE kind = 'retried'")
    await world.add(1.9, kind="retried")  # behind one that is not due before its time
    await world.add()
    await world.claim("a")

    async def due() -> set[str]:
        found, waits = await world.run(lambda c: world.of("a").look(c, kinds, AHEAD))
        assert {kind for kind, wait in waits.items() if wait.total_seconds() > 50} == {"later"}
        assert not waits.keys() & {"newer", "none", "unknown"}
        return found

    assert await due() == {"due", "soon", "retried"}
    # Its own lease has ended too: perhaps it never heard that the claim was committed.
    await world.sql("UPDATE jobs SET visible_at = 0 WHERE kind = 'reminder'")
    assert await due() == {"due", "soon", "retried", "reminder"}


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        NewJob(kind="reminder", owner_id=1, next_run=datetime(2026, 1, 1))  # noqa: DTZ001


async def test_a_claim_and_a_look_use_the_index_of_what_waits(world: World, config: Config) -> None:
    await world.add()
    if config.database_url is not None:
        return  # PostgreSQL reads a table of one page whole
    run: list[str] = []

    def explain(raw: sqlite3.Connection) -> None:
        raw.create_function("now_us", 0, lambda: 0)
        raw.set_trace_callback(run.append)

    async def steps(begin: str) -> list[str]:
        asked = next(statement for statement in run if statement.startswith(begin))
        rows = await world.run(lambda c: c.exec_driver_sql("EXPLAIN QUERY PLAN " + asked).all())
        return [row[-1] for row in rows if "jobs" in row[-1]]

    await world.run(lambda c: explain(c.connection.driver_connection))  # type: ignore[arg-type]  # it is SQLite
    await world.claim("a")
    await world.run(lambda c: world.of("a").look(c, {"reminder": 1}, AHEAD))
    step = "SEARCH jobs USING INDEX jobs_waiting (kind=?"
    assert f"{step} AND visible_at<?)" in await steps("WITH due")
    assert await steps("SELECT anon_1") == [f"{step} AND visible_at<?)", f"{step})"]


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
async def test_a_suspended_process_does_not_keep_its_rows_locked(
    config: Config, bounds: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = "idle_in_transaction_session_timeout"
    monkeypatch.setitem(_BOUNDS, bound, bounds[bound])
    database = Database(config)
    shown = await database.run(lambda c: c.execute(text(f"SHOW {bound}")).scalar())
    await database.aclose()
    assert shown == "3s"


async def test_a_kill_of_sqlite_is_survived_by_wal(world: World, tmp_path: Path) -> None:
    await world.add()
    if world.config.database_url is not None:
        return
    modes = await world.run(
        lambda c: [c.execute(text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "synchronous")]
    )
    assert modes == ["wal", 1]
    promised = await world.database.run(
        lambda c: c.execute(text("PRAGMA synchronous")).scalar(), is_durable=True
    )
    assert promised == 2


async def test_a_retry_is_never_claimed_before_its_time(world: World) -> None:
    job_id = await world.add()
    (job,) = await world.claim("a")
    delay = timedelta(seconds=1.5)
    await world.run(lambda c: world.of("a").postpone(c, fence("a", job), delay, draft="{}"))
    assert await world.claim("a") == []
    due, waits = await world.run(lambda c: world.of("a").look(c, {"reminder": 1}, AHEAD))
    assert not due
    assert waits["reminder"] > timedelta(seconds=0.5)
    await world.passes(1.5)
    assert [claimed.id for claimed in await world.claim("a")] == [job_id]


async def test_only_what_another_process_left_counts_as_a_crash(world: World) -> None:
    job_id = await world.add()
    for worker, crashes in (("a", 0), ("a", 0), ("b", 1), ("b", 1), ("a", 2)):
        (job,) = await world.claim(worker)
        assert (job.id, job.crashes) == (job_id, crashes)
        await world.passes(46)
