from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from bot.times.describe import DESCRIPTION_LIMIT, describe, describe_readings, skip_note, truncate
from bot.times.recurrence import When, absolute
from bot.times.when import describe_phrase, parse
from tests.bot.times.conftest import AHEAD, NOW, NOWS, RULES, ZONE, ZONES, read
from tests.rows import each

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
NINE = datetime.fromisoformat("2026-11-26 09:00")
MOMENT = absolute(datetime(2026, 11, 26, 8, 5, tzinfo=UTC))


def recurring(rule: str, wall: datetime = NINE) -> When:
    return When.restore(rule, wall, BERLIN)


def test_a_moment_is_told_on_the_readers_clock() -> None:
    assert describe(MOMENT, zone=BERLIN) == "Thursday 26 November 2026, 09:05"
    assert describe(MOMENT, zone=UTC_ZONE) == "Thursday 26 November 2026, 08:05"


def test_seconds_are_told_where_there_are_some() -> None:
    odd = absolute(datetime(2026, 11, 26, 8, 5, 7, tzinfo=UTC))
    assert describe(odd, zone=UTC_ZONE).endswith("08:05:07")


@each(
    "rule, said",
    [
        ("FREQ=DAILY", "every day at 09:00"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days at 09:00"),
        ("FREQ=HOURLY;INTERVAL=6", "every 6 hours"),
        ("FREQ=MINUTELY;INTERVAL=10", "every 10 minutes"),
        ("FREQ=WEEKLY;BYDAY=TH", "every Thursday at 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday at 09:00"),
        ("FREQ=WEEKLY;BYDAY=MO,TH,SU", "every Mon, Thu and Sun at 09:00"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", "every 2 weeks on Thursday at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "every month on the 1st at 09:00"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day at 09:00"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday at 09:00"),
        ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=4", "every year on 4 May at 09:00"),
        ("CRON 0 9 * * 4", "cron 0 9 * * 4"),
    ],
)
def test_a_recurrence_is_told_in_words_that_are_read_back(rule: str, said: str) -> None:
    when = recurring(rule)
    assert describe(when, zone=BERLIN).partition(", first ")[0] == said
    assert parse(said, now=NOW, zone=BERLIN).rule == rule


def test_a_recurrence_names_its_first_time() -> None:
    said = describe(recurring("FREQ=DAILY"), zone=BERLIN)
    assert said == "every day at 09:00, first Thu 26 Nov 2026, 09:00"


def test_a_time_on_another_clock_names_the_place() -> None:
    said = describe(recurring("FREQ=DAILY"), zone=UTC_ZONE)
    assert said == "every day at 09:00 Europe/Berlin, first Thu 26 Nov 2026, 08:00"


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        (None, ""),
        ("FREQ=DAILY", ""),
        ("CRON 0 9 31 * *", ""),
        ("FREQ=MONTHLY;BYMONTHDAY=28", ""),
        ("FREQ=MONTHLY;BYMONTHDAY=29", " (skips months without it)"),
        ("FREQ=MONTHLY;BYDAY=5MO", " (skips months without it)"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", " (leap years only)"),
    ],
)
def test_what_is_left_out_is_said(rule: str | None, note: str) -> None:
    assert skip_note(When.restore(rule, NINE, BERLIN)) == note


def test_two_readings_stand_side_by_side_while_there_is_room() -> None:
    later = absolute(datetime(2026, 11, 26, 20, 5, tzinfo=UTC))
    assert describe_readings([MOMENT, later], zone=UTC_ZONE) == (
        "Thursday 26 November 2026, 08:05 or Thursday 26 November 2026, 20:05"
    )


def test_two_readings_of_one_recurrence_share_its_words() -> None:
    early, late = (
        recurring("FREQ=WEEKLY;BYDAY=MO,TH,SU", datetime.fromisoformat(f"2026-11-26 {hour:02}:00"))
        for hour in (9, 21)
    )
    said = describe_readings([early, late], zone=BERLIN)
    assert len(said) <= DESCRIPTION_LIMIT
    assert said.endswith(", first Thu 26 Nov 2026, 09:00 or Thu 26 Nov 2026, 21:00")


def test_a_text_is_cut_with_a_mark() -> None:
    assert truncate("abcdef", 6) == "abcdef"
    assert truncate("abcdef", 5) == "abcd…"


@each(
    "text, described",
    [
        ("tomorrow 9:00", "Saturday 28 March 2026, 09:00"),
        ("in 90 seconds", "Friday 27 March 2026, 10:01:30"),
        ("tomorrow at 9am UTC", "Saturday 28 March 2026, 10:00"),
        ("every weekday at 08:30", "every weekday at 08:30, first Mon 30 Mar 2026, 08:30"),
        ("mon-fri", "every weekday at 09:00, first Mon 30 Mar 2026, 09:00"),
        ("at 5pm in tokyo", "Saturday 28 March 2026, 09:00 (17:00 Asia/Tokyo)"),
        ("every day at 9:00 UTC+2", "every day at 09:00 UTC+2, first Sat 28 Mar 2026, 08:00"),
        (
            "every 31st",
            "every month on the 31st at 09:00, first Tue 31 Mar 2026, 09:00 (skips months without "
            "it)",
        ),
        (
            "every weekday at 5",
            "every weekday at 05:00, first Mon 30 Mar 2026, 05:00 or Fri 27 Mar 2026, 17:00",
        ),
        (
            "monday or thursday",
            'I could not read "monday or thursday", only "monday". Try "tomorrow 9:00" or "in 2 '
            'hours".',
        ),
        ("tomorrow at 5", "Saturday 28 March 2026, 05:00 or Saturday 28 March 2026, 17:00"),
        ("every day at 9am UTC", "every day at 09:00 UTC, first Sat 28 Mar 2026, 10:00"),
        (
            "every 2 months on the last friday at 17:00",
            "every 2 months on the last Friday at 17:00, first Fri 27 Mar 2026, 17:00",
        ),
        ("30 8 * * 1-5", "cron 30 8 * * 1-5, first Mon 30 Mar 2026, 08:30"),
    ],
)
def test_a_phrase_being_typed_is_shown_as_it_is_read(text: str, described: str) -> None:
    assert describe_phrase(text, now=NOW, zone=ZONE) == described


def test_a_long_description_keeps_its_first_moment() -> None:
    described = describe(
        read(",".join(map(str, range(0, 60, 5))) + " 1,2,3,4,5,6,7,8,9,10,11,12,13 1-9 * *"),
        zone=ZONE,
    )
    assert len(described) == 100
    assert described.endswith("…, first Wed 1 Apr 2026, 01:00")


@pytest.mark.parametrize("limit", [82, 96, 100])
@pytest.mark.parametrize(
    "text",
    ["every 2 months on the 31st at 5:00 America/Argentina/Buenos_Aires", "every weekday at 5"],
)
def test_a_description_that_must_be_shorter_keeps_every_first_moment(text: str, limit: int) -> None:
    when = read(text)
    said = describe_readings(when.readings, zone=ZONE, limit=limit)
    assert len(said) <= limit
    for reading in when.readings:
        local = reading.first.astimezone(ZONE)
        assert f"{local:%a} {local.day} {local:%b} {local.year}, {local:%H:%M}" in said


@given(NOWS, AHEAD, ZONES)
def test_every_description_of_a_moment_is_read_back(
    now: datetime, ahead: timedelta, zone: ZoneInfo
) -> None:
    moment = (now + ahead + timedelta(seconds=1)).replace(microsecond=0)
    when = read(moment.isoformat(), now, zone)
    again = read(describe(when, zone=zone), now - timedelta(hours=2), zone)
    shown = moment.astimezone(zone)
    assert again.first == shown.replace(fold=0).astimezone(UTC)
    assert again.readings == (again,)


@each("text", [text for text in RULES if not text[0].isdigit() and text[0] != "*"])
def test_every_description_of_a_recurrence_is_read_back(text: str) -> None:
    when = read(text)
    again = read(describe(when, zone=ZONE).partition(", first")[0])
    assert (again.rule, again.first) == (when.rule, when.first)
