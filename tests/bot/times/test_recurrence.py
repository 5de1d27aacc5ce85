from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from bot.times.cron import Cron
from bot.times.recurrence import RecurrenceRule, When, absolute, instant, read_rule

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
ANCHOR = datetime.fromisoformat("2026-01-31 09:00")


@pytest.mark.parametrize(
    ("wall", "moment"),
    [
        (datetime.fromisoformat("2026-07-01 09:00"), datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (datetime.fromisoformat("2026-03-29 02:30"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime.fromisoformat("2026-10-25 02:30"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["plain", "in the gap of spring", "twice in autumn"],
)
def test_a_wall_time_is_one_moment(wall: datetime, moment: datetime) -> None:
    assert instant(wall, BERLIN) == moment


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=HOURLY;INTERVAL=6",
        "FREQ=WEEKLY;BYDAY=MO,WE",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    ],
)
def test_a_rule_is_read_as_it_was_written(text: str) -> None:
    assert RecurrenceRule.read(text).text() == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=SECONDLY",
        "FREQ=WEEKLY",
        "FREQ=DAILY;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=1",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=YEARLY;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1",
        "FREQ=DAILY;COUNT=3",
        "INTERVAL=2;FREQ=DAILY",
    ],
)
def test_any_other_text_is_no_rule(text: str) -> None:
    with pytest.raises(ValueError, match="not a rule"):
        RecurrenceRule.read(text)


def test_a_stored_rule_is_a_recurrence_or_a_cron_line() -> None:
    assert isinstance(read_rule("CRON 0 9 * * *"), Cron)
    assert isinstance(read_rule("FREQ=DAILY"), RecurrenceRule)


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["31 Jan", "31 Mar", "31 May"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["31 Jan", "28 Feb", "31 Mar"]),
        ("FREQ=MONTHLY;BYDAY=1MO", ["02 Feb", "02 Mar", "06 Apr"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", ["31 Jan", "14 Feb", "28 Feb"]),
    ],
)
def test_a_rule_fires_on_its_days(rule: str, days: list[str]) -> None:
    walls = islice(RecurrenceRule.read(rule).walls(ANCHOR, ANCHOR), len(days))
    assert [f"{wall:%d %b}" for wall in walls] == days


@pytest.mark.parametrize(
    "text", ["FREQ=MINUTELY;INTERVAL=7", "FREQ=WEEKLY;INTERVAL=3;BYDAY=SA", "FREQ=DAILY"]
)
def test_years_later_a_rule_still_counts_from_its_anchor(text: str) -> None:
    when = When.restore(text, ANCHOR, UTC_ZONE)
    late = when.after(datetime(2036, 6, 1, tzinfo=UTC))
    assert late is not None
    assert (late - when.first) % (when.period or timedelta()) == timedelta()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (datetime(2026, 3, 28, 8, tzinfo=UTC), datetime(2026, 3, 29, 7, tzinfo=UTC)),
        (datetime(2026, 10, 24, 7, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
    ],
    ids=["spring", "autumn"],
)
def test_the_wall_clock_is_kept_when_clocks_change(before: datetime, after: datetime) -> None:
    daily = When.restore("FREQ=DAILY", datetime.fromisoformat("2026-01-01 09:00"), BERLIN)
    assert daily.after(before) == after


def test_a_time_in_the_gap_fires_once_that_day() -> None:
    daily = When.restore("FREQ=DAILY", datetime.fromisoformat("2026-03-01 02:30"), BERLIN)
    fired = []
    moment = datetime(2026, 3, 28, 0, tzinfo=UTC)
    for _ in range(3):
        following = daily.after(moment)
        assert following is not None
        moment = following
        fired.append(moment.astimezone(BERLIN).strftime("%d %H:%M"))
    assert fired == ["28 02:30", "29 03:30", "30 02:30"]


def test_a_one_off_does_not_come_again() -> None:
    when = absolute(datetime(2026, 11, 25, 10, tzinfo=BERLIN))
    assert when.first == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert (when.rule, when.period, when.after(ANCHOR.replace(tzinfo=UTC))) == (None, None, None)


def test_a_rule_that_was_never_written_is_not_restored() -> None:
    with pytest.raises(ValueError, match="not a rule"):
        When.restore("FREQ=NEVER", ANCHOR, UTC_ZONE)


def test_two_readings_are_two_that_stand_alone() -> None:
    one = absolute(datetime(2026, 1, 1, tzinfo=UTC))
    two = absolute(datetime(2026, 1, 2, tzinfo=UTC))
    both = When(one.first, one.wall_time, one.zone, other=two)
    assert both.readings == (one, two)
    assert one.readings == (one,)
