from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.storage import usage_reports
from bot.storage.usage import Usage
from bot.storage.usage_report import NOTHING, Amount, Line
from bot.storage.usage_reports import Reports
from bot.storage.use import Account, Use
from connectors.database import Config
from connectors.database.database import Database

HERE, THERE, DIRECT = 5, 6, 0
ALICE, BOB, EVE = 1, 2, 3
LARGE = Use("openai", "gpt", 100, 20, 30, cost=7)
SMALL = Use("ollama", "llama", 5, 0, 6, cost=0, is_estimated=True)
ODD = Use("other", "odd", 1, 0, 1, cost=None)
OF_LARGE = Amount(1, 100, 20, 30, 7)
OF_SMALL = Amount(1, 5, 0, 6, 0, 1)
OLD, FIRST, NEXT, LATER = 20251130, 20251201, 20260105, 20260106


@pytest.fixture
async def usage(database_url: str | None, tmp_path: Path) -> AsyncIterator[Usage]:
    database = Database(Config(tmp_path, database_url))
    usage = Usage(database)
    for number, (guild_id, user_id, day, use) in enumerate(
        [
            (HERE, ALICE, OLD, LARGE),
            (HERE, ALICE, FIRST, LARGE),
            (HERE, ALICE, NEXT, SMALL),
            (HERE, BOB, LATER, LARGE),
            (HERE, BOB, LATER, LARGE),
            (HERE, EVE, LATER, ODD),
            (THERE, ALICE, NEXT, LARGE),
            (DIRECT, ALICE, LATER, SMALL),
        ]
    ):
        await usage.settle(Account(f"{number}", guild_id, user_id), [use], day)
    yield usage
    await database.aclose()


async def test_what_was_used_is_found_by_day_month_model_and_person(usage: Usage) -> None:
    reports = Reports(usage)
    year = await reports.of_server(HERE, date(2025, 12, 1), is_monthly=True)
    december, january = date(2025, 12, 1), date(2026, 1, 1)
    assert year.days[december, "openai"] == OF_LARGE
    assert year.days[january, "openai"] == year.models["openai", "gpt"] + Amount(
        -1, -100, -20, -30, -7
    )
    assert year.days[january, "ollama"] == OF_SMALL
    assert year.models["other", "odd"] == Amount(1, 1, 0, 1, 0, 0, 1)
    persons = [(BOB, OF_LARGE + OF_LARGE), (ALICE, OF_LARGE + OF_SMALL)]
    assert list(year.persons)[:2] == persons
    assert year.others == 0

    days = await reports.of_server(HERE, date(2026, 1, 6), is_monthly=False)
    assert {day for day, _ in days.days} == {date(2026, 1, 6)}
    assert [person for person, _ in days.persons] == [BOB, EVE]
    assert (await reports.of_server(HERE, date(2026, 2, 1), is_monthly=True)).days == {}

    own = await reports.of_person(ALICE, date(2026, 1, 5), is_monthly=False)
    assert own.days == {
        (date(2026, 1, 5), "openai"): OF_LARGE,
        (date(2026, 1, 5), "ollama"): OF_SMALL,
        (date(2026, 1, 6), "ollama"): OF_SMALL,
    }
    assert not own.persons


async def test_only_those_who_used_most_are_named(
    usage: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await usage.forget(BOB)
    monkeypatch.setattr(usage_reports, "LISTED", 1)
    for first in (date(2026, 1, 1), date(2026, 1, 2)):
        found = await Reports(usage).of_server(HERE, first, is_monthly=False)
        assert found.persons == [(None, OF_LARGE + OF_LARGE)], "the figures of the forgotten stay"
        assert found.others == 2


async def test_lines_come_in_pages_in_their_order(
    usage: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports, first = Reports(usage), date(2025, 12, 1)
    whole = [line async for page in reports.lines_of_server(HERE, first) for line in page]
    assert [(line.day.day, line.person, line.model) for line in whole] == [
        (1, ALICE, "gpt"),
        (5, ALICE, "llama"),
        (6, BOB, "gpt"),
        (6, EVE, "odd"),
    ]
    assert whole[2].amount == OF_LARGE + OF_LARGE
    monkeypatch.setattr(usage_reports, "PAGE", 2)
    pages = [page async for page in reports.lines_of_server(HERE, first)]
    assert pages == [whole[:2], whole[2:]]
    months = [page async for page in reports.months_of_server(HERE, first)]
    assert [(line.day, line.person) for page in months for line in page] == [
        (date(2025, 12, 1), ALICE),
        (date(2026, 1, 1), ALICE),
        (date(2026, 1, 1), BOB),
        (date(2026, 1, 1), EVE),
    ]


async def test_lines_of_a_person_and_of_all_people_come_at_once(usage: Usage) -> None:
    reports, first = Reports(usage), date(2026, 1, 6)
    assert await reports.lines_of_person(ALICE, first) == [
        Line(first, None, "ollama", "llama", OF_SMALL)
    ]
    totals = await reports.totals_of_server(HERE, first)
    assert [line.model for line in totals] == ["gpt", "odd"]
    assert sum((line.amount for line in totals), NOTHING).questions == 3
