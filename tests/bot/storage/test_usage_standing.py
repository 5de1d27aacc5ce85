"""The standing of limits, and what is reserved while answers are being written."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from bot.storage.standing import Scope, Standing, Sum
from bot.storage.usage import Usage
from bot.storage.usage_statements import EVERYWHERE
from bot.storage.use import Account, Use
from connectors.database import Config
from connectors.database.database import Database

HERE, ALICE, BOB = 5, 1, 2
DAY = 20300131
NOON = 1_896_091_200.0  # of that day in UTC
USED = Use("openai", "gpt", 100, 20, 30, cost=7)
WANTED = Use("openai", "gpt", 50, 0, 50, cost=5)
OF_ALICE, OF_SERVER = Scope(HERE, ALICE, DAY, by_minute=True), Scope(HERE, None, DAY)
OF_ALL = Scope(EVERYWHERE, None, DAY)


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def usages(
    database_url: str | None, tmp_path: Path, clock: Clock
) -> AsyncIterator[list[Usage]]:
    """Give what is used as two processes see it."""
    databases = [Database(Config(tmp_path, database_url)) for _ in range(2)]
    yield [Usage(database, clock=clock) for database in databases]
    for database in databases:
        await database.aclose()


def of(person: int, answer: str) -> Account:
    return Account(answer, HERE, person, answer)


def fits(most: int) -> Callable[[Sequence[Standing]], tuple[Use | None, str]]:
    def choose(standings: Sequence[Standing]) -> tuple[Use | None, str]:
        [standing] = standings
        is_full = standing.day.cost + standing.open.cost + 5 > most
        return (None, "full") if is_full else (WANTED, "fits")

    return choose


async def test_what_is_settled_counts_for_its_day_and_month(
    usages: list[Usage], clock: Clock
) -> None:
    usage = usages[0]
    for answer, person, day in (
        ("a", ALICE, DAY - 1),
        ("b", ALICE, DAY),
        ("c", BOB, DAY),
        ("d", ALICE, DAY - 100),
    ):
        await usage.settle(of(person, answer), [USED], day)
        if answer in "bd":
            await usage.count()
    one = Sum(1, 130, 7)
    alice, server, all_ = await usage.standing([OF_ALICE, OF_SERVER, OF_ALL])
    assert (alice.day, alice.month, alice.minute) == (one, one.plus(one), 3)
    assert (server.day, server.month) == (one.plus(one), one.plus(one).plus(one))
    assert all_.day == Sum(4, 520, 28), "which counts by days in UTC, whatever a server's clock"
    clock.now += 61
    [alice] = await usage.standing([OF_ALICE])
    assert alice.minute == 0


async def test_what_is_reserved_counts_until_it_is_settled_or_released(
    usages: list[Usage],
) -> None:
    usage = usages[0]
    for answer in ("a", "a", "b"):  # again by another process
        await usage.reserve(of(ALICE, answer), [OF_ALICE], fits(1000))
    [alice] = await usages[1].standing([OF_ALICE])
    assert (alice.open, alice.day, alice.minute) == (Sum(2, 200, 10), Sum(), 2)
    await usages[1].settle(of(ALICE, "a"), [USED], DAY)
    await usage.release("a")  # too late
    await usage.release("b")
    [alice] = await usage.standing([OF_ALICE])
    assert (alice.open, alice.day, alice.minute) == (Sum(), Sum(1, 130, 7), 1)
    assert await usage.reserve(of(ALICE, "a"), [OF_ALICE], fits(0)) is None
    [alice] = await usage.standing([OF_ALICE])
    assert alice.open == Sum(), "what is settled is not reserved again"


async def test_two_processes_never_reserve_more_than_there_is(usages: list[Usage]) -> None:
    asked = [usages[n % 2].reserve(of(ALICE, f"{n}"), [OF_ALICE], fits(12)) for n in range(50)]
    chosen = await asyncio.gather(*asked)
    assert chosen.count("fits") == 2
    [alice] = await usages[0].standing([OF_ALICE])
    assert alice.open.cost == 10


async def test_what_nobody_settles_counts_as_it_was_estimated(
    usages: list[Usage], clock: Clock, database_url: str | None, tmp_path: Path
) -> None:
    usage = usages[0]
    await usage.reserve(of(ALICE, "a"), [OF_ALICE], fits(1000))
    clock.now += 3 * 3600
    database = Database(Config(tmp_path, database_url))
    await database.run(usage.upkeep)
    await database.aclose()
    [alice] = await usage.standing([OF_ALICE])
    assert (alice.open, alice.day) == (Sum(), Sum(1, 100, 5))


async def test_a_clock_that_is_set_back_leaves_nothing_in_the_last_minute(
    usages: list[Usage], clock: Clock, database_url: str | None, tmp_path: Path
) -> None:
    usage = usages[0]
    clock.now += 86_400
    await usage.reserve(of(ALICE, "a"), [OF_ALICE], fits(1000))
    clock.now -= 86_400
    [alice] = await usage.standing([OF_ALICE])
    assert (alice.minute, alice.since_us, alice.open.questions) == (0, 0, 1)
    database = Database(Config(tmp_path, database_url))
    await database.run(usage.upkeep)
    await database.aclose()
    [alice] = await usage.standing([OF_ALICE])
    assert (alice.open, alice.day) == (Sum(), Sum(1, 100, 5)), "its answer is written no more"


async def test_somebody_is_told_once_of_a_limit_on_a_day(usages: list[Usage]) -> None:
    assert await usages[0].note(OF_ALICE, "cost_day")
    assert not await usages[1].note(OF_ALICE, "cost_day")
    assert await usages[1].is_noted(OF_ALICE, "cost_day")
    assert not await usages[1].is_noted(OF_SERVER, "cost_day")
    assert await usages[1].note(Scope(HERE, ALICE, DAY + 1), "cost_day")
