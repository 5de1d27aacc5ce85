import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.local_scheduler import ClaimLost, State
from connectors.local_scheduler.job import Job
from connectors.local_scheduler.job_store import LedgerJobStore
from connectors.local_scheduler.running import Claim, Running
from tests.connectors.local_scheduler.conftest import World, fence


class Clocks:
    """One clock that only goes on, and one that people set."""

    def __init__(self) -> None:
        self.monotonic = self.wall = 1000.0

    def __call__(self) -> tuple[float, float]:
        return self.monotonic, self.wall

    def passes(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds


def claim_on(world: World, job: Job, clocks: Clocks) -> Claim:
    return Claim(
        fence("a", job),
        world.of("a"),
        world.database,
        asked_at=clocks(),
        lease_s=45.0,
        read_clocks=clocks,
        draft={},
    )


async def test_a_claim_is_held_for_as_long_as_an_effect_still_fits_in(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    clocks.passes(39)
    assert claim.holds()
    clocks.passes(2)
    assert not claim.holds()


@pytest.mark.parametrize("clock", ["monotonic", "wall"])
async def test_either_clock_alone_ends_a_claim(world: World, clock: str) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    setattr(clocks, clock, 1046.0)
    assert not claim.holds()


async def test_a_clock_that_is_set_back_does_not_lengthen_a_claim(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    clocks.wall -= 3600
    clocks.passes(46)
    assert not claim.holds()


async def test_a_claim_in_doubt_is_confirmed_by_the_ledger(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    clocks.passes(44)
    await world.passes(44)
    await claim.ensure(math.inf)
    assert claim.holds()
    assert await world.claim("b") == []


async def test_a_claim_that_was_taken_over_is_lost(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    clocks.passes(46)
    await world.passes(46)
    await world.claim("b")
    with pytest.raises(ClaimLost):
        await claim.ensure(math.inf)
    assert claim.is_lost


async def test_what_a_person_took_away_is_noticed_by_who_asks_for_fresh_news(
    world: World,
) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    await world.run(lambda c: world.owners.end(c, job.id, job.owner_id, "elsewhere"))
    clocks.passes(1)
    await claim.ensure(1.5)
    clocks.passes(1)
    with pytest.raises(ClaimLost):
        await claim.ensure(1.5)


async def test_a_draft_that_was_taken_is_news_enough(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    clocks.passes(2)
    await claim.save()
    await world.run(lambda c: world.owners.end(c, job.id, job.owner_id, "elsewhere"))
    await claim.ensure(1.5)
    assert not claim.is_lost


async def test_only_an_old_try_makes_a_handler_look_back(world: World) -> None:
    await world.add()
    (first,) = await world.claim("a")
    await world.passes(46)
    (second,) = await world.claim("b")
    clocks, now = Clocks(), datetime.now(UTC)
    one, two = (Running.of(job, claim_on(world, job, clocks)) for job in (first, second))
    later = now + timedelta(minutes=10)
    assert (one.must_look_back(later), two.must_look_back(now)) == (False, False)
    assert two.must_look_back(later)


async def nothing(_job: Running) -> None: ...


def held(store: LedgerJobStore, *dues: datetime) -> None:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    store.start(AsyncIOScheduler(timezone=UTC), "default")
    claim: Any = None
    for n, due in enumerate(dues):
        facts: dict[str, Any] = {"kind": "k", "owner_id": 1, "state": State.RUNNING}
        store.hold(Running(id=str(n), next_run=due, claim=claim, **facts))


def test_the_store_gives_out_what_is_due_as_far_as_there_is_room() -> None:
    now = datetime.now(UTC)
    store = LedgerJobStore(lambda _kind: 2, nothing)
    held(store, now - timedelta(seconds=1), now, now - timedelta(seconds=2), now + timedelta(1))
    assert [entry.id for entry in store.get_due_jobs(now)] == ["2", "0"]


def test_a_store_without_room_does_not_ask_to_be_woken() -> None:
    now = datetime.now(UTC)
    room = {"k": 0}
    store = LedgerJobStore(room.__getitem__, nothing)
    held(store, now)
    assert store.get_next_run_time() is None
    room["k"] = 1
    assert store.get_next_run_time() == now


def test_no_method_of_the_store_raises_for_a_job_it_does_not_hold() -> None:
    store = LedgerJobStore(lambda _kind: 1, nothing)
    store.remove_job("unheard of")
    assert store.lookup_job("unheard of") is None
    assert store.get_all_jobs() == []
