from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.bot.times.conftest import ZONE, at, read


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("at 5", ["2026-03-28 05:00", "2026-03-27 17:00"]),
        ("tomorrow 7:30", ["2026-03-28 07:30", "2026-03-28 19:30"]),
        ("2026-04-01 1:00", ["2026-04-01 01:00", "2026-04-01 13:00"]),
        ("quarter to 5", ["2026-03-28 04:45", "2026-03-27 16:45"]),
        ("every weekday at 5", ["2026-03-30 05:00", "2026-03-27 17:00"]),
        ("in 2 days at midnight", ["2026-03-29 00:00", "2026-03-30 00:00"]),
        ("friday at midnight", ["2026-03-28 00:00", "2026-04-03 00:00"]),
    ],
)
def test_a_phrase_with_two_meanings_offers_both(text: str, readings: list[str]) -> None:
    when = read(text)
    assert [reading.first for reading in when.readings] == [at(moment) for moment in readings]
    assert all(reading.other is None for reading in when.readings)


def test_a_day_is_counted_at_home_and_in_the_zone_that_is_named() -> None:
    late = datetime(2026, 3, 27, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    when = read("tomorrow 12:00 UTC", late, ZoneInfo("America/New_York"))
    assert [reading.first.day for reading in when.readings] == [28, 29]


def test_an_hour_without_am_or_pm_in_another_zone_is_counted_from_the_day_at_home() -> None:
    late = datetime(2026, 3, 27, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    when = read("tomorrow at 5 UTC", late, ZoneInfo("America/New_York"))
    assert [reading.first.isoformat(" ", "hours")[:13] for reading in when.readings] == [
        "2026-03-28 05",
        "2026-03-28 17",
    ]


@pytest.mark.parametrize(
    ("now", "text", "expected"),
    [
        ("2026-01-31 12:00", "in 1 month", "2026-02-28 12:00"),
        ("2028-01-31 12:00", "in 1 month", "2028-02-29 12:00"),
        ("2026-10-31 12:00", "in 18 months", "2028-04-30 12:00"),
        ("2028-02-29 12:00", "in 1 year", "2029-02-28 12:00"),
        ("2026-01-15 12:00", "the 31st", "2026-01-31 09:00"),
        ("2026-02-01 12:00", "the 31st", "2026-03-31 09:00"),
    ],
)
def test_a_shorter_month_ends_a_delay_and_is_skipped_by_a_day(
    now: str, text: str, expected: str
) -> None:
    assert read(text, at(now)).first == at(expected)


def test_an_hour_is_elapsed_time_through_a_clock_change() -> None:
    now = datetime(2026, 10, 25, 0, 30, tzinfo=ZONE)
    when = read("every 6 hours", now)
    second = when.after(when.first)
    assert second is not None
    assert second - when.first == when.first - now.astimezone(UTC) == timedelta(hours=6)


def test_what_is_fixed_in_time_is_kept_in_utc() -> None:
    for text in ("in 2 hours", "<t:1900000000>", "2026-10-25T02:30:00+01:00", "every 6 hours"):
        when = read(text)
        assert when.zone.key == "UTC"
        assert when.wall_time == when.first.replace(tzinfo=None)
