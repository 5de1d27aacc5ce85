import math
from typing import Any

import pytest

from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import ClaimLost
from connectors.local_scheduler.job import Job
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


class Slow:
    """A database whose first answers take 2 s to come back."""

    def __init__(self, world: World, clocks: Clocks, times: int) -> None:
        self._world, self._clocks, self._left = world, clocks, times
        self.asked = 0

    async def run(self, work: Any) -> Any:
        self.asked += 1
        found = await self._world.database.run(work)
        if self._left > 0:
            self._left -= 1
            self._clocks.passes(2)
        return found


@pytest.mark.parametrize(("slow_times", "asked"), [(0, 1), (2, 3)])
async def test_an_answer_that_comes_late_is_asked_for_again(
    world: World, slow_times: int, asked: int
) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim, slow = claim_on(world, job, clocks), Slow(world, clocks, slow_times)
    claim._database = slow  # type: ignore[assignment]
    clocks.passes(1)
    await claim.ensure(0.5)
    assert slow.asked == asked


async def test_nobody_acts_by_answers_that_all_come_late(world: World) -> None:
    await world.add()
    (job,) = await world.claim("a")
    clocks = Clocks()
    claim = claim_on(world, job, clocks)
    claim._database = Slow(world, clocks, 99)  # type: ignore[assignment]
    clocks.passes(1)
    with pytest.raises(DatabaseUnavailable, match="too late"):
        await claim.ensure(0.5)
    assert not claim.may_have_acted


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


async def test_only_an_earlier_try_makes_a_handler_look_back(world: World) -> None:
    await world.add()
    (first,) = await world.claim("a")
    await world.passes(46)
    (second,) = await world.claim("b")
    one, two = (Running.of(job, claim_on(world, job, Clocks())) for job in (first, second))
    assert (one.is_takeover, two.is_takeover) == (False, True)
