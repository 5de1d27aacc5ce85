from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.usage.periods import MONTH, NAMES, TODAY, WEEK, YEAR, period_of


@pytest.mark.parametrize("name", NAMES)
def test_a_period_ends_today(name: str) -> None:
    days = period_of(name, datetime(2028, 3, 1, 0, 5, tzinfo=UTC)).days
    assert days[-1] == date(2028, 3, 1)
    assert list(days) == sorted(set(days))


def test_periods_cross_months_and_years() -> None:
    now = datetime(2028, 3, 2, tzinfo=UTC)
    assert period_of(WEEK, now).days[0] == date(2028, 2, 25)
    assert period_of(MONTH, now).days == (date(2028, 3, 1), date(2028, 3, 2))
    year = period_of(YEAR, now)
    assert year.is_monthly
    assert (year.days[0], len(year.days)) == (date(2027, 4, 1), 12)


def test_today_is_what_the_clock_of_the_place_shows() -> None:
    now = datetime(2026, 11, 26, 20, tzinfo=UTC).astimezone(ZoneInfo("Pacific/Auckland"))
    assert period_of(TODAY, now).days == (date(2026, 11, 27),)
