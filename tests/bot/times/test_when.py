from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.times.describe import describe
from bot.times.recurrence import When
from bot.times.when import NotUnderstood, describe_phrase
from tests.bot.times.conftest import (
    ACCEPTED,
    AHEAD,
    FILE,
    NOW,
    NOWS,
    RECURRING,
    ZONE,
    ZONES,
    at,
    read,
    refusal,
)
from tests.rows import each

REJECTED = [phrase["text"] for phrase in FILE["phrases"] if phrase["expect"] == "reject"]


@each("phrase", ACCEPTED)
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


@each("text", REJECTED)
def test_a_phrase_that_is_no_time_to_come_is_refused(text: str) -> None:
    assert f'"{text}"' in refusal(text)


@each(
    "text, expected",
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


@each(
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
)  # fmt: skip
def test_what_is_not_surely_a_time_is_not_understood(text: str) -> None:
    said = refusal(text)
    assert said.endswith(".")
    assert "Try " in said
    assert len(said) < 250
    assert said.isprintable()
    assert "<" not in said
    assert "@" not in said


def test_a_refusal_says_what_was_read() -> None:
    with pytest.raises(NotUnderstood) as caught:
        read("tomorrow 9:00 with cake")
    assert caught.value.read == "tomorrow 9:00"
    assert caught.value.suggestion == '"tomorrow 9:00" or "in 2 hours"'
    assert ', only "tomorrow 9:00".' in str(caught.value)


@each(
    "text, reason",
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
