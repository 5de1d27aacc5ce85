import functools
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.times.grammar.rules import read as read_rules
from bot.times.grammar.synonyms import SYNONYMS
from bot.times.phrase import Duration, PhraseError
from bot.times.recurrence import When
from bot.times.when import NotUnderstood, describe_phrase
from bot.times.words import VOCABULARY
from tests.bot.times.conftest import NOW, NOWS, ZONE, at, read
from tests.bot.times.grammar.test_durations import LENGTHS
from tests.rows import each


@each(
    "text, expected",
    [
        ("tmr 9am", "03-28 09:00"), ("tmrw at 5pm", "03-28 17:00"), ("tomo 8:00", "03-28 08:00"),
        ("2moro 8:00", "03-28 08:00"), ("day after tmrw", "03-29 09:00"),
        ("tonite at 9", "03-27 21:00"), ("thurs at 10", "04-02 10:00"), ("weds 5pm", "04-01 17:00"),
        ("on tues", "03-31 09:00"), ("nine am", "03-28 09:00"), ("five thirty pm", "03-27 17:30"),
        ("at nine fifteen", "03-28 09:15"), ("nine oh five pm", "03-27 21:05"),
        ("half past nine", "03-28 09:30"), ("a quarter to 8 pm", "03-27 19:45"),
        ("quarter after nine", "03-28 09:15"), ("ten past nine", "03-28 09:10"),
        ("twenty-five to nine pm", "03-27 20:35"), ("ten minutes to nine", "03-28 08:50"),
        ("20 minutes past 6 pm", "03-27 18:20"), ("nine oclock", "03-28 09:00"),
        ("seven in the evening", "03-27 19:00"), ("10 at night", "03-27 22:00"),
        ("eight tonight", "03-27 20:00"), ("530pm", "03-27 17:30"), ("1130am", "03-27 11:30"),
        ("5 30 pm", "03-27 17:30"), ("at 17h30", "03-27 17:30"), ("at 1730 hours", "03-27 17:30"),
        ("around 11am", "03-27 11:00"), ("9 tomorrow", "03-28 09:00"), ("noonish", "03-27 12:00"),
        ("tomorrow first thing", "03-28 09:00"), ("next friday", "04-03 09:00"),
        ("the coming tuesday", "03-31 09:00"), ("friday next week", "04-03 09:00"),
        ("monday next week at 11", "03-30 11:00"), ("next week on tuesday", "03-31 09:00"),
        ("15th at noon", "04-15 12:00"), ("the twenty-first at 9", "04-21 09:00"),
        ("on sunday the 29th", "03-29 09:00"), ("the 15th of next month", "04-15 09:00"),
        ("first monday of april at 10", "04-06 10:00"), ("last sunday of october", "10-25 09:00"),
        ("last friday of this month at 17:00", "03-27 17:00"),
        ("last day of next month", "04-30 09:00"), ("the 31st of this month", "03-31 09:00"),
        ("in 3 months on the 1st", "06-01 09:00"),
        ("in 2 months on the first monday", "05-04 09:00"), ("end of month", "03-31 17:00"),
        ("eom", "03-31 17:00"), ("by the end of the month", "03-31 17:00"),
        ("month end at noon", "03-31 12:00"), ("end of next month", "04-30 17:00"),
        ("eoy", "12-31 17:00"), ("end of the year", "12-31 17:00"), ("end of april", "04-30 17:00"),
        ("tomorrow eod", "03-28 17:00"), ("start of next week", "03-30 09:00"),
        ("beginning of the month", "04-01 09:00"), ("a week from sunday", "04-05 09:00"),
        ("two weeks from tomorrow", "04-11 09:00"), ("a week from today", "04-03 10:00"),
        ("2 days after tomorrow", "03-30 09:00"), ("a month from 3 april at 8:00", "05-03 08:00"),
        ("17.30", "03-27 17:30"), ("friday 9.30", "04-03 09:30"), ("9.00 tomorrow", "03-28 09:00"),
        ("31.12", "12-31 09:00"), ("24.12. 18.30", "12-24 18:30"), ("5p", "03-27 17:00"),
        ("530p", "03-27 17:30"), ("11a", "03-27 11:00"), ("9 a m tomorrow", "03-28 09:00"),
        ("0930", "03-28 09:30"), ("17 Uhr", "03-27 17:00"), ("20 to 6 pm", "03-27 17:40"),
        ("a quarter of six pm", "03-27 17:45"), ("Fri. at 11", "03-27 11:00"),
        ("Dec. 24", "12-24 09:00"), ("24. December", "12-24 09:00"),
        ("tomorrow. 9am.", "03-28 09:00"), ("tomorrow-9am", "03-28 09:00"),
        ("tomorrow; 9am", "03-28 09:00"), ("cob", "03-27 17:00"), ("24-Dec 6pm", "12-24 18:00"),
        ("24-Dec-2026", "12-24 09:00"), ("tomorrow, saturday, at 9", "03-28 09:00"),
        ("end of tomorrow", "03-28 17:00"), ("nxt tues", "03-31 09:00"), ("next wk", "04-03 10:00"),
        ("tmrw nite", "03-28 20:00"), ("friday week", "04-03 09:00"),
        ("monday week", "04-06 09:00"), ("a week on sunday", "04-05 09:00"),
        ("a week tomorrow", "04-04 09:00"), ("2 weeks today", "04-10 10:00"),
        ("the following tuesday", "03-31 09:00"), ("the day after next", "03-29 09:00"),
        ("start of may", "05-01 09:00"), ("christmas eve at 6pm", "12-24 18:00"),
        ("xmas", "12-25 09:00"), ("new year's eve 23:00", "12-31 23:00"),
        ("halloween", "10-31 09:00"), ("three days before christmas", "12-22 09:00"),
        ("the day before christmas", "12-24 09:00"), ("2 hours before midnight", "03-27 22:00"),
        ("an hour before 8pm", "03-27 19:00"), ("10 minutes before noon", "03-27 11:50"),
        ("90 minutes after noon", "03-27 13:30"), ("2 days before friday at 8:00", "04-01 08:00"),
        ("tomorrow 0900Z", "03-28 10:00"), ("tomorrow 9am CET", "03-28 09:00"),
        ("at 5pm in tokyo", "03-28 09:00"), ("9:00 UTC+2", "03-28 08:00"),
        ("9:00 +02:00", "03-28 08:00"), ("18:00 Europe/Berlin", "03-27 18:00"),
        ("5pm (london)", "03-27 18:00"), ("tomorrow 9:00 GMT-3", "03-28 13:00"),
        ("noon new york time", "03-27 17:00"), ("9am eastern time", "03-27 14:00"),
        ("tomorrow at 9:00 in são paulo", "03-28 13:00"), ("11am my time", "03-27 11:00"),
        ("9pm in the uk", "03-27 22:00"),
    ],
)  # fmt: skip
def test_a_moment_in_other_words(text: str, expected: str) -> None:
    when = read(text)
    assert when.first == at(f"2026-{expected}")
    assert when.readings == (when,)


@each(
    "text, rule, first",
    [
        ("every day", "FREQ=DAILY", "03-28 09:00"),
        ("every weekday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "03-30 09:00"),
        ("every monday", "FREQ=WEEKLY;BYDAY=MO", "03-30 09:00"),
        ("mon-fri at 8:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "03-30 08:30"),
        ("monday through friday 8:30", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "03-30 08:30"),
        ("mon\u2013wed", "FREQ=WEEKLY;BYDAY=MO,TU,WE", "03-30 09:00"),
        ("mon/wed/fri 8:30", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "03-30 08:30"),
        ("every sun-thu", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,SU", "03-29 09:00"),
        ("monday and thursday at 9:00", "FREQ=WEEKLY;BYDAY=MO,TH", "03-30 09:00"),
        ("sat & sun 10:00", "FREQ=WEEKLY;BYDAY=SA,SU", "03-28 10:00"),
        ("tue/thu 8:30", "FREQ=WEEKLY;BYDAY=TU,TH", "03-31 08:30"),
        ("mon-wed, fri 8am", "FREQ=WEEKLY;BYDAY=MO,TU,WE,FR", "03-30 08:00"),
        ("every mon and thu-sat", "FREQ=WEEKLY;BYDAY=MO,TH,FR,SA", "03-28 09:00"),
        ("every monday and every friday at noon", "FREQ=WEEKLY;BYDAY=MO,FR", "03-27 12:00"),
        ("every 24.12. at 18:00", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "12-24 18:00"),
        ("mwf 8am", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "03-30 08:00"),
        ("m-f 8am", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "03-30 08:00"),
        ("friday's at 5pm", "FREQ=WEEKLY;BYDAY=FR", "03-27 17:00"),
        ("every first of the month", "FREQ=MONTHLY;BYMONTHDAY=1", "04-01 09:00"),
        ("every half-hour", "FREQ=MINUTELY;INTERVAL=30", "03-27 10:30"),
        ("every christmas", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "12-25 09:00"),
        ("weekends at 10", "FREQ=WEEKLY;BYDAY=SA,SU", "03-28 10:00"),
        ("every working day at 9", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "03-30 09:00"),
        ("every tues and thurs at 7pm", "FREQ=WEEKLY;BYDAY=TU,TH", "03-31 19:00"),
        ("every 2 weeks on monday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "03-30 09:00"),
        ("once a day at 11", "FREQ=DAILY", "03-27 11:00"),
        ("each evening", "FREQ=DAILY", "03-27 20:00"),
        ("every night", "FREQ=DAILY", "03-27 20:00"),
        ("every night at midnight", "FREQ=DAILY", "03-28 00:00"),
        ("cron 30 8 * * 1-5", "CRON 30 8 * * 1-5", "03-30 08:30"),
        ("every 2 days at 8:00", "FREQ=DAILY;INTERVAL=2", "03-28 08:00"),
        ("every 15th", "FREQ=MONTHLY;BYMONTHDAY=15", "04-15 09:00"),
        ("every 31st", "FREQ=MONTHLY;BYMONTHDAY=31", "03-31 09:00"),
        ("every last friday at 5pm", "FREQ=MONTHLY;BYDAY=-1FR", "03-27 17:00"),
        ("3rd thursday of each month", "FREQ=MONTHLY;BYDAY=3TH", "04-16 09:00"),
        ("first of every month", "FREQ=MONTHLY;BYMONTHDAY=1", "04-01 09:00"),
        ("end of every month", "FREQ=MONTHLY;BYMONTHDAY=-1", "03-31 17:00"),
        ("monthly on the first monday", "FREQ=MONTHLY;BYDAY=1MO", "04-06 09:00"),
        ("every 25 december", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "12-25 09:00"),
        # What is counted from now.
        ("every 2 days", "FREQ=DAILY;INTERVAL=2", "03-29 10:00"),
        ("every other day", "FREQ=DAILY;INTERVAL=2", "03-29 10:00"),
        ("every 3rd day", "FREQ=DAILY;INTERVAL=3", "03-30 10:00"),
        ("every couple of days", "FREQ=DAILY;INTERVAL=2", "03-29 10:00"),
        ("every 7 days", "FREQ=WEEKLY;BYDAY=FR", "04-03 10:00"),
        ("every 2 weeks", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "04-10 10:00"),
        ("every other week", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "04-10 10:00"),
        ("fortnightly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "04-10 10:00"),
        ("every three months", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=27", "06-27 10:00"),
        ("quarterly", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=27", "06-27 10:00"),
        ("every half hour", "FREQ=MINUTELY;INTERVAL=30", "03-27 10:30"),
        ("every hour and a half", "FREQ=MINUTELY;INTERVAL=90", "03-27 11:30"),
        ("every quarter of an hour", "FREQ=MINUTELY;INTERVAL=15", "03-27 10:15"),
        ("every 90 mins", "FREQ=MINUTELY;INTERVAL=90", "03-27 11:30"),
        ("hourly", "FREQ=HOURLY", "03-27 11:00"),
    ],
)  # fmt: skip
def test_a_recurrence_in_other_words(text: str, rule: str, first: str) -> None:
    when = read(text)
    assert (when.rule, when.first) == (rule, at(f"2026-{first}"))


_TIMES = [
    *LENGTHS, *(" ".join(words) for words in SYNONYMS), "half past nine", "quarter to 8 pm",
    "last friday of the month", "every 2 weeks on monday at 9am in tokyo",
    "every month on the twenty-first at five thirty pm UTC+5:30",
    "in 3 months on the 1st at 9:00 (new york time)",
    "the first monday of april 2027 at quarter past seven in the evening",
    "a week from next friday at ten minutes to nine", "end of next month", "beginning of the year",
    "friday the 13th", "mon/wed/fri at 1730 hours", "every 31st at noon CET", "in 1:30 hours",
    "2026-03-29T02:30:00+01:00[Europe/Berlin]",
]  # fmt: skip


# The texts begin alike, and what one of them has shown need not be shown again.
_described = functools.cache(functools.partial(describe_phrase, now=NOW, zone=ZONE))


_OPENINGS = ("", "every ", "", "tomorrow at ", "", "on the ")


# Of two neighbours in the table, which are of one kind, one is cut at even places, one at odd ones.
@each("text, opening, first", [(t, _OPENINGS[at % 6], at // 6 % 2) for at, t in enumerate(_TIMES)])
def test_a_prefix_is_read_or_not_understood(text: str, opening: str, first: int) -> None:
    for length in (*range(first, len(text), 2), len(text)):
        assert 0 < len(_described(opening + text[:length])) <= 100


_WORDS = st.sampled_from(
    [
        *VOCABULARY, *(word for words in SYNONYMS for word in words), "in", "at", "on", "the", "of",
        "a", "an", "to", "and", "end", "start", "of", "month", "utc", "gmt", "+", "-", "+5:30",
        "tokyo", "new york", "ist", "est", "9", "17", "1730", "9:30", "1:30", "½", "3/4", "²",
        "31st", "2nd", "15th", "am", "pm", "p.m.", "o'clock", "eom", "eow", "eod", "time", "twice",
        "hundred", "(", ")", ",", "31.3.", "2027", "99999999", "monday", "january",
    ]
)  # fmt: skip


@settings(max_examples=250)
@given(st.lists(_WORDS, min_size=1, max_size=8).map(" ".join), NOWS)
@example("tomorrow at half past", NOW)
@example("the ²nd", NOW)
def test_whatever_is_typed_is_a_time_to_come_or_gets_suggestions_that_are(
    text: str, now: datetime
) -> None:
    try:
        tried = read(text, now).readings
    except NotUnderstood as error:
        tried = tuple(read(suggestion, now) for suggestion in error.suggestions)
    assert tried
    for reading in tried:
        assert now < reading.first < now + timedelta(days=3660)
        alone = replace(reading, other=None)
        assert When.restore(reading.rule, reading.wall_time, reading.zone) == alone


@pytest.mark.parametrize(
    ("text", "rest"),
    [("tomorrow 9:00", ""), ("tomorrow at 9!", ""), ("tomorrow 9:00 with cake", "with cake"),
     ("cake", "cake"), ("please", "please"), ("", ""), ("tomorrow,", ",")],
)  # fmt: skip
def test_the_rest_is_what_no_rule_reads(text: str, rest: str) -> None:
    assert read_rules(text)[1] == rest


def test_a_duration_with_a_time_behind_it_is_refused_where_it_says_no_start() -> None:
    with pytest.raises(PhraseError) as caught:
        read_rules("2 days at 9:00")
    assert caught.value.suggestions == ("in 2 days at 9:00",)
    assert read_rules("in 2 days at 9:00")[0].delay == Duration(days=2)
