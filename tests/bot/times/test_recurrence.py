from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.times.cron import Cron
from bot.times.recurrence import RecurrenceRule, When, absolute, instant, read_rule
from tests.bot.times.conftest import NOW, NOWS, RULES, ZONE, ZONES, at, read
from tests.rows import each

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


@each(
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


WALL = datetime.fromisoformat("2026-03-28 09:00")


@given(st.sampled_from(RULES), NOWS, ZONES, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_after_strictly_rises_and_misses_nothing(
    text: str, now: datetime, zone: ZoneInfo, later: timedelta
) -> None:
    when = read(text, now, zone)
    first = when.after(now + later)
    assert first is not None
    second = when.after(first)
    assert second is not None
    assert now + later < first < second
    assert when.after(first + (second - first) / 2) == second
    assert when.after(first - timedelta(microseconds=1)) == first


@given(st.sampled_from(RULES), NOWS, ZONES)
def test_a_stored_recurrence_goes_on_as_before(text: str, now: datetime, zone: ZoneInfo) -> None:
    when = read(text, now, zone)
    again = When.restore(when.rule, when.wall_time, when.zone)
    moment = now
    for _ in range(3):
        following = when.after(moment)
        assert following is not None
        assert again.after(moment) == following
        moment = following


def test_a_one_off_has_no_next_time() -> None:
    when = read("tomorrow 9:00")
    assert (when.rule, when.period, when.after(NOW), when.after(when.first)) == (None,) * 4
    assert (when.wall_time, when.zone) == (WALL, ZONE)


@each(
    "rule",
    [
        "", "FREQ=DAILY;", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=3", "FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=DAILY;INTERVAL=0", "CRON * *",
        "CRON 0 0 * * 9", "DAILY",
    ],
)  # fmt: skip
def test_a_rule_that_nobody_wrote_is_not_restored(rule: str) -> None:
    with pytest.raises(ValueError, match="not"):
        When.restore(rule, WALL, ZONE)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("every 90 minutes", timedelta(minutes=90)),
        ("every 2 days", timedelta(days=2)),
        ("every weekday", timedelta(days=1)),
        ("every 2 weeks on monday", timedelta(weeks=2)),
        ("0,30 9-10 * * *", timedelta(minutes=30)),
        ("55 23 * * *", timedelta(days=1)),
        ("5,55 * * * *", timedelta(minutes=10)),
    ],
)
def test_the_caller_learns_how_often_a_recurrence_fires(text: str, period: timedelta) -> None:
    assert read(text).period == period


@pytest.mark.parametrize(
    ("zone", "day", "wall", "shown"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "03:30+02:00"),
        ("Europe/Berlin", "2026-10-25", "02:30", "02:30+02:00"),
        ("America/New_York", "2026-03-08", "02:30", "03:30-04:00"),
        ("America/New_York", "2026-11-01", "01:30", "01:30-04:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "02:45+11:00"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "01:45+11:00"),
    ],
)
@pytest.mark.parametrize("form", ["daily at {0}", "{1} {2} * * *", "every mon-sun at {0}"])
def test_a_daily_rule_fires_once_a_day_through_a_clock_change(
    zone: str, day: str, wall: str, shown: str, form: str
) -> None:
    place, change = ZoneInfo(zone), date.fromisoformat(day)
    hour, minute = wall.split(":")
    now = datetime.combine(change - timedelta(days=3), time(12), place)
    when = read(form.format(wall, int(minute), int(hour)), now, place)
    fired = [when.first]
    while len(fired) < 6:
        following = when.after(fired[-1])
        assert following is not None
        fired.append(following)
    local = [moment.astimezone(place) for moment in fired]
    assert [moment.date() for moment in local] == [
        change + timedelta(days=ahead) for ahead in range(-2, 4)
    ]
    assert fired[2] == datetime.fromisoformat(f"{day}T{shown}")
    assert {f"{moment:%H:%M}" for moment in local if moment.date() != change} == {wall}


def test_a_rule_in_the_gap_misses_no_time_behind_it() -> None:
    place = ZoneInfo("Australia/Lord_Howe")  # 02:00 becomes 02:30
    when = read("15,40 2 * * *", datetime(2026, 10, 4, 1, tzinfo=place), place)
    fired = [when.first]
    while len(fired) < 3:
        following = when.after(fired[-1])
        assert following is not None
        fired.append(following)
    assert [f"{moment.astimezone(place):%d %H:%M}" for moment in fired] == [
        "04 02:40", "04 02:45", "05 02:15",
    ]  # fmt: skip


def test_a_monthly_rule_on_the_31st_skips_shorter_months() -> None:
    when = read("every month on the 31st", at("2026-01-31 12:00"))
    moments = [when.first, when.after(when.first)]
    assert moments == [at("2026-03-31 09:00"), at("2026-05-31 09:00")]


def test_an_interval_is_counted_from_the_first_firing_years_later() -> None:
    when = read("every 2 weeks on monday 9:00")
    far = when.after(NOW + timedelta(days=3000))
    assert far is not None
    assert (far.astimezone(ZONE).date() - when.first.astimezone(ZONE).date()).days % 14 == 0


def test_a_recurrence_never_fires_closer_together_than_its_period() -> None:
    for text in RULES:
        when = read(text, zone=ZoneInfo("UTC"))
        assert when.period is not None
        fired = [when.first]
        for _ in range(8):
            fired.append(when.after(fired[-1]) or fired[-1])
        assert all(later - earlier >= when.period for earlier, later in pairwise(fired)), text
