import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.times.describe import describe, describe_readings
from bot.times.recurrence import When
from bot.times.when import NotUnderstood, describe_phrase, parse

FILE = json.loads(Path(__file__).with_name("reminder_phrases.json").read_text())
ZONE = ZoneInfo(FILE["zone"])
WALL = datetime.fromisoformat("2026-03-28 09:00")
NOW = datetime.fromisoformat(FILE["now"])
ACCEPTED = [phrase for phrase in FILE["phrases"] if phrase["expect"] != "reject"]
REJECTED = [phrase["text"] for phrase in FILE["phrases"] if phrase["expect"] == "reject"]
RECURRING = [phrase for phrase in ACCEPTED if phrase["kind"] == "recurring"]
ZONES = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Etc/GMT+12",
        "UTC",
    ]
).map(ZoneInfo)
NOWS = st.datetimes(
    datetime.fromisoformat("2024-01-01"),
    datetime.fromisoformat("2036-01-01"),
    timezones=st.just(UTC),
)
AHEAD = st.timedeltas(timedelta(seconds=1), timedelta(days=3650))
RULES = [
    *(phrase["text"] for phrase in RECURRING),
    "every 90 minutes", "every other day at 02:30", "every mon, wed and fri at 23:45",
    "every 3 weeks on sun", "every month on the 31st", "last day of every month at noon",
    "last friday of every 2 months 17:00", "every year on 29 february at 00:00",
    "mondays and thursdays at 09:00 America/New_York", "*/5 * * * *", "15,40 2 * * *", "0 0 29 2 *",
    "0 9 13 * fri", "59 23 31 12 7",
]  # fmt: skip


def read(text: str, now: datetime = NOW, zone: ZoneInfo = ZONE) -> When:
    return parse(text, now=now, zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def refusal(text: str) -> str:
    with pytest.raises(NotUnderstood) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize("phrase", ACCEPTED, ids=lambda phrase: phrase["text"])
def test_a_phrase_means_its_moment(phrase: Mapping[str, Any]) -> None:
    when = read(phrase["text"])
    assert when.first == datetime.fromisoformat(phrase["expect"])
    assert when.first.tzinfo is UTC
    assert when.readings == (when,)


@pytest.mark.parametrize("phrase", RECURRING, ids=lambda phrase: phrase["text"])
def test_a_recurrence_goes_on_and_keeps_the_wall_clock(phrase: Mapping[str, Any]) -> None:
    when = read(phrase["text"])
    assert when.rule == phrase["rrule"]
    second = when.after(when.first)
    assert second == datetime.fromisoformat(phrase["then"][0])
    assert when.after(second) == datetime.fromisoformat(phrase["then"][1])


@pytest.mark.parametrize("text", REJECTED)
def test_a_phrase_that_is_no_time_to_come_is_refused(text: str) -> None:
    assert f'"{text}"' in refusal(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IN  10\tMINUTES", "2026-03-27 10:10"),
        ("in twenty-five minutes", "2026-03-27 10:25"),
        ("in two and a half hours", "2026-03-27 12:30"),
        ("in 1.5 days", "2026-03-28 22:00"),
        ("in 2 fortnights", "2026-04-24 10:00"),
        ("in 2 days at 9:00", "2026-03-29 09:00"),
        ("in 10 years", "2036-03-27 10:00"),
        ("@ 21:15", "2026-03-27 21:15"),
        ("today at 5", "2026-03-27 17:00"),  # five in the morning is over
        ("tonight at 9", "2026-03-27 21:00"),
        ("7 in the evening", "2026-03-27 19:00"),
        ("tomorrow morning at 7", "2026-03-28 07:00"),
        ("tomorrow at 07", "2026-03-28 07:00"),
        ("at 1930", "2026-03-27 19:30"),
        ("12am", "2026-03-28 00:00"),
        ("half past 1 p.m.", "2026-03-27 13:30"),
        ("5 o'clock pm", "2026-03-27 17:00"),
        ("midnight tonight", "2026-03-28 00:00"),
        ("day after tomorrow, noon", "2026-03-29 12:00"),
        ("tomorrow end of day", "2026-03-28 17:00"),
        ("this friday 11:00", "2026-03-27 11:00"),
        ("friday 9:00", "2026-04-03 09:00"),
        ("friday, 3 april", "2026-04-03 09:00"),
        ("the 31st at 9", "2026-03-31 09:00"),
        ("the 30th", "2026-03-30 09:00"),
        ("29 february", "2028-02-29 09:00"),
        ("Sept 3rd, 2027 at 9:00:30 am", "2027-09-03 09:00:30"),
        ("at 9 april 1", "2026-04-01 09:00"),
        ("31/3 10:00", "2026-03-31 10:00"),
        ("12/31/2026", "2026-12-31 09:00"),
        ("04.04.2026", "2026-04-04 09:00"),
        ("2027/01/05", "2027-01-05 09:00"),
        ("9am europe/london", "2026-03-28 10:00"),
        ("tomorrow 9:00 UTC+5:30", "2026-03-28 04:30"),
        ("2026-04-01T08:00[America/New_York]", "2026-04-01 14:00"),
    ],
)  # fmt: skip
def test_other_spellings_are_read_too(text: str, expected: str) -> None:
    when = read(text)
    assert when.first == at(expected)
    assert when.readings == (when,)


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


@pytest.mark.parametrize(
    "name",
    ["America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5", "Asia/Kathmandu"],
)
def test_a_zone_is_named_in_any_case(name: str) -> None:
    noon = datetime.fromisoformat("2026-07-01 12:00").replace(tzinfo=ZoneInfo(name))
    assert read(f"2026-07-01 12:00 {name}").first == noon
    assert read(f"2026-07-01 12:00 {name.lower()}").zone == ZoneInfo(name)


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
    "text",
    [
        "", " ", ",", "tomorrow,", "now", "12", "9", "1730", "20260401", "half 9", "10.10",
        "at 7:5", "at 9 april 31", "at 24:00", "at 25:00", "at 9:60", "at 13pm", "0am", "17h",
        "17h30", "tonight at 2", "tomorrow evening at 9am", "12 in the morning", "morning at 17:00",
        "friday 13", "may 5 pm", "may 5pm", "april 15 14", "march 2027", "32 march", "0 march",
        "31 april", "31 february", "29 february 2027", "2027-02-29", "2027-13-01 9:00",
        "thursday 3 april", "03.04.2026", "3/4", "0/4", "03-04-2026", "00.00.2027", "31.03.26",
        "12.11", "10000-01-01", "9999-12-31 23:59", "0000-01-01 00:00", "0001-01-01T00:00+14:00",
        "27 march 9:30 2026", "this friday 9:00", "next month", "tomorrow at 9 and friday",
        "monday or thursday at 9:00", "tomorrow today", "tomorrow at 9 at 10", "9:00 - 10:00",
        "9:00 10:00", "in 5 minutes tomorrow", "2 days at 9", "in 2 hours at 9:00",
        "2h in the morning", "in 2 fortnights ago", "-5 minutes", "in -5 minutes",
        "in 10-15 minutes", "1,500 minutes", "1.5 months", "3 hours 2 hours", "30m 2h", "10M",
        "3 mon", "in a few minutes", "in minutes", "in 5", "in 11 years", "in 99999999999999 years",
        "in 999999999 days", "in 999999999 months", f"in {'9' * 150} s", "every", "every day at",
        "every month", "every 3rd", "every second monday", "every friday at midnight",
        "every 90 seconds", "every 4 minutes", "every 0 days", "every 450 seconds",
        "every hour at 9:00", "every day until friday", "every day 3 times", "biweekly",
        "every 32nd of the month", "every 30 february", "every 600 weeks on monday",
        "every year on the 1st", "every month on the 0th", "every day except sunday",
        "tomorrow at 9 every", "9am IST", "9am UTC+15", "9am Europe/Nowhere", "9am ../etc/passwd",
        "tomorrow UTC", "UTC", "9am [Europe/Berlin]", "2026-04-01T08:00+01:00[Europe/Berlin]",
        "* * * * *", "*/7 * * * *", "0 0 31 2 *", "60 * * * *", "0 24 * * *", "0 0 0 * *",
        "0 0 * 13 *", "0 0 * * 8", "5/15 * * * *", "*/0 * * * *", "5-1 * * * *", "0 0 * * fri-mon",
        "0 9 */2 * 1",
        "0 0 L * *", "0 0 * * 1#2", "0 9 * *", "0 0 9 * * *", "@daily", "1,,2 * * * *", "- * * * *",
        "<t:1>", "<t:-1>", "<t:999999999999>", "<t:1900000000:X>", "t:1900000000",
        "<t:1900000000> x", "morgen um 9", "demain à 9h", "in zehn minuten", "mañana", "завтра в 9",
        "明日9時", "in \u0661\u0660 minutes", "at \uff19:00", "tomorrow\x00 9:00",
        "tomorrow\u202e 9:00", "in 10\u200b minutes", "@everyone", "<@123456789012345678>",
        "tomorow at 9", "tommorrow 9:00", "firday 17:00", "evry day at 9:00", "tomorrow " * 700,
        "9" * 6000, "in 1 hour " * 19,
    ],
    ids=lambda text: ascii(text[:40]),
)  # fmt: skip
def test_what_is_not_surely_a_time_is_not_understood(text: str) -> None:
    said = refusal(text)
    assert said.endswith(".")
    assert "Try " in said
    assert len(said) < 250
    assert said.isprintable()
    assert "<" not in said
    assert "@" not in said


def test_a_misspelt_word_is_put_right_in_the_suggestion() -> None:
    assert refusal("tomorow at 9") == (
        'I could not read "tomorow at 9". Try "tomorrow at 9" or "in 2 hours".'
    )


def test_a_refusal_says_what_was_read() -> None:
    with pytest.raises(NotUnderstood) as caught:
        read("tomorrow 9:00 with cake")
    assert caught.value.read == "tomorrow 9:00"
    assert caught.value.suggestion == '"tomorrow 9:00" or "in 2 hours"'
    assert ', only "tomorrow 9:00".' in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("yesterday at 5pm", "is in the past"),
        ("in 11 years", "is more than 10 years away"),
        ("999999999 months after tomorrow", "is more than 10 years away"),
        ("99999 months before friday", "is more than 10 years away"),
        ("in 99999 months on the 1st", "is more than 10 years away"),
        ("03/04/2026", 'can mean two dates. Try "3 April 2026".'),
        ("5.6.2027", 'Try "5 June 2027" or "6 May 2027".'),
        ("thursday 3 april", "3 April 2026 is a Friday"),
        ("every month", 'does not say which day. Try "every month on the 1st at 9:00".'),
        ("every 2 minutes", "is more often than every 5 minutes"),
        ("x" * 6000, "is longer than 200 characters"),
    ],
)
def test_a_refusal_says_why(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize(
    "text", [*(phrase["text"] for phrase in FILE["phrases"]), *RULES, "next month", "every weekday"]
)
def test_every_suggestion_is_understood(text: str) -> None:
    try:
        read(text)
    except NotUnderstood as error:
        for suggestion in error.suggestions:
            assert read(suggestion).first > NOW


# Properties


@given(st.text(max_size=60))
@example("in\x1f10 minutes")
def test_any_text_is_a_time_to_come_or_not_understood(text: str) -> None:
    try:
        when = read(text)
    except NotUnderstood:
        pass
    else:
        assert all(reading.first > NOW for reading in when.readings)
    described = describe_phrase(text, now=NOW, zone=ZONE)
    assert len(described) <= 100
    assert described.isprintable()


WORDS = [
    "in",
    "at",
    "on",
    "the",
    "of",
    "every",
    "each",
    "next",
    "this",
    "last",
    "first",
    "2nd",
    "15th",
    "31st",
    "2",
    "5",
    "12",
    "30",
    "99",
    "9:00",
    "02:30",
    "5pm",
    "am",
    "pm",
    "noon",
    "midnight",
    "tomorrow",
    "today",
    "tonight",
    "friday",
    "monday",
    "weekday",
    "mar",
    "april",
    "2027",
    "2028-02-29",
    "31/3",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "hour",
    "minutes",
    "m",
    "h",
    "a",
    "half",
    "and",
    "an",
    "other",
    "past",
    "to",
    "from",
    "now",
    "morning",
    "night",
    "UTC",
    "+2",
    "EST",
    "europe/london",
    ",",
    "-",
    "*",
    "*/5",
    "0",
    "1-5",
    "24:00",
    "daily",
    "mondays",
    "year",
    "years",
    "second",
    ",",
    "[",
    "]",
    "<t:1900000000>",
    "999999999",
    "o",
    "'",
    "clock",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join), NOWS, ZONES)
@example("every 2 days the 31st", NOW, ZONE)
def test_any_words_of_the_grammar_are_a_time_to_come_or_not_understood(
    text: str, now: datetime, zone: ZoneInfo
) -> None:
    try:
        readings = read(text, now, zone).readings
    except NotUnderstood:
        return
    assert len({reading.first for reading in readings}) == len(readings)
    for reading in readings:
        assert now < reading.first < now + timedelta(days=3660)
        assert When.restore(reading.rule, reading.wall_time, reading.zone) == reading
        assert len(describe(reading, zone=zone)) <= 100


@given(NOWS, AHEAD, ZONES)
def test_every_iso_instant_is_read_back(now: datetime, ahead: timedelta, zone: ZoneInfo) -> None:
    moment = now + ahead
    assert read(moment.isoformat(), now, zone).first == moment
    assert read(moment.astimezone(zone).isoformat(), now, zone).first == moment
    assert read(moment.isoformat().replace("+00:00", "Z"), now, zone).first == moment


@given(NOWS, AHEAD, ZONES, st.sampled_from(["", ":t", ":T", ":d", ":D", ":f", ":F", ":R"]))
def test_every_discord_timestamp_is_read_back(
    now: datetime, ahead: timedelta, zone: ZoneInfo, style: str
) -> None:
    moment = now.replace(microsecond=0) + ahead + timedelta(seconds=1)
    stamp = int(moment.timestamp())
    assert read(f"<t:{stamp}{style}>", now, zone).first == datetime.fromtimestamp(stamp, UTC)


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


@pytest.mark.parametrize(
    "text", [text for text in RULES if not text[0].isdigit() and text[0] != "*"]
)
def test_every_description_of_a_recurrence_is_read_back(text: str) -> None:
    when = read(text)
    again = read(describe(when, zone=ZONE).partition(", first")[0])
    assert (again.rule, again.first) == (when.rule, when.first)


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


def test_what_is_fixed_in_time_is_kept_in_utc() -> None:
    for text in ("in 2 hours", "<t:1900000000>", "2026-10-25T02:30:00+01:00", "every 6 hours"):
        when = read(text)
        assert when.zone.key == "UTC"
        assert when.wall_time == when.first.replace(tzinfo=None)


@pytest.mark.parametrize(
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


# Clock changes


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


def test_an_hour_is_elapsed_time_through_a_clock_change() -> None:
    now = datetime(2026, 10, 25, 0, 30, tzinfo=ZONE)
    when = read("every 6 hours", now)
    second = when.after(when.first)
    assert second is not None
    assert second - when.first == when.first - now.astimezone(UTC) == timedelta(hours=6)


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


@pytest.mark.parametrize(
    ("fields", "days"),
    [
        ("0 9 * * 0", "Sun"), ("0 9 * * 7", "Sun"), ("0 9 * * SUN", "Sun"), ("0 9 * * 1", "Mon"),
        ("0 9 * * 5-7", "Fri Sat Sun"), ("0 9 * * 1-5/2", "Mon Wed Fri"),
        ("0 9 * * sat,1", "Mon Sat"), ("0 9 * * mon-wed", "Mon Tue Wed"),
        ("0 9 * * */3", "Sun Wed Sat"),
    ],
)  # fmt: skip
def test_cron_counts_sunday_as_0_and_7(fields: str, days: str) -> None:
    when = read(fields)
    fired, moment = set(), when.first
    while moment < when.first + timedelta(days=7):
        fired.add(f"{moment.astimezone(ZONE):%a}")
        moment = when.after(moment) or NOW
    assert fired == set(days.split())


def test_cron_with_both_days_fires_on_either() -> None:
    when = read("0 9 13 * fri", at("2026-04-08 12:00"))
    fired = [
        when.first,
        when.after(when.first),
        when.after(when.first + timedelta(days=3, hours=1)),
    ]
    assert fired == [at(f"2026-04-{day} 09:00") for day in (10, 13, 17)]


def test_a_monthly_rule_on_the_31st_skips_shorter_months() -> None:
    when = read("every month on the 31st", at("2026-01-31 12:00"))
    moments = [when.first, when.after(when.first)]
    assert moments == [at("2026-03-31 09:00"), at("2026-05-31 09:00")]


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


def test_an_interval_is_counted_from_the_first_firing_years_later() -> None:
    when = read("every 2 weeks on monday 9:00")
    far = when.after(NOW + timedelta(days=3000))
    assert far is not None
    assert (far.astimezone(ZONE).date() - when.first.astimezone(ZONE).date()).days % 14 == 0


# Descriptions


@pytest.mark.parametrize(
    ("text", "described"),
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


def test_a_recurrence_never_fires_closer_together_than_its_period() -> None:
    for text in RULES:
        when = read(text, zone=ZoneInfo("UTC"))
        assert when.period is not None
        fired = [when.first]
        for _ in range(8):
            fired.append(when.after(fired[-1]) or fired[-1])
        assert all(later - earlier >= when.period for earlier, later in pairwise(fired)), text


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
