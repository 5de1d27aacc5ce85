"""The words people use for times, kind by kind: read rightly, or refused with what is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.times.grammar.synonyms import SYNONYMS
from bot.times.recurrence import When
from bot.times.when import NotUnderstood, describe_phrase, parse
from bot.times.words import NUMBERS, VOCABULARY

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 27, 10, tzinfo=BERLIN)  # a Friday


def read(text: str, now: datetime = NOW, zone: ZoneInfo = BERLIN) -> When:
    return parse(text, now=now, zone=zone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def suggested(text: str, now: datetime = NOW) -> tuple[str, ...]:
    with pytest.raises(NotUnderstood) as caught:
        read(text, now)
    return caught.value.suggestions


LENGTHS = {
    "in fourteen minutes": 14, "twenty-five minutes": 25, "twenty five mins": 25, "an hour": 60,
    "half an hour": 30, "a half hour": 30, "half hour": 30, "a quarter of an hour": 15,
    "three quarters of an hour": 45, "3/4 of an hour": 45, "½ hour": 30, "1½ hours": 90,
    "1 1/2 hours": 90, "an hour and a half": 90, "an hour and a quarter": 75,
    "two and a half hours": 150, "a couple hours": 120, "half a dozen hours": 360,
    "half a day": 720, "one hundred and twenty minutes": 120, "1h30": 90, "1h30m": 90, "2h05": 125,
    "in 8h30": 510, "1 hour 30": 90, "1 hour and 15 minutes": 75, "in 1:30 hours": 90,
    "after 10 minutes": 10, "within two hours": 120, "in about an hour": 60,
    "ninety minutes from now": 90, "ten minutes later": 10, "5 mins hence": 5,
    "in an hour's time": 60, "in 2 hours\u2019 time": 120, "in a hundred minutes": 100,
    "a hundred and twenty minutes": 120, "in 1,5 hours": 90, "0,5 h": 30, "in .5 hours": 30,
    "in half-an-hour": 30, "in a half-hour": 30, "in 30-minutes": 30, "2 hours & 5 minutes": 125,
    "2 hours plus 5 mins": 125, "an hour thirty": 90, "two hours fifteen": 135,
    "an hour and forty-five": 105, "in an hour or so": 60, "in ~10 min": 10, "+10m": 10,
    "+ 2 hours": 120, "within the hour": 60, "in the next hour": 60, "within the next hour": 60,
    "in the next 20 minutes": 20, "in approx. 10 min": 10, "in 2 hrs. 10 min.": 130,
    "in 2 hours UTC": 120, "remind me in 10 minutes": 10, "in 10 minutes, please!": 10,
    "in 10 mins.": 10,
}  # fmt: skip


@pytest.mark.parametrize(("text", "minutes"), LENGTHS.items())
def test_a_length_of_time_in_other_words(text: str, minutes: int) -> None:
    when = read(text)
    assert when.first == NOW + timedelta(minutes=minutes)
    assert when.readings == (when,)


@pytest.mark.parametrize("number", range(1, 100))
def test_every_number_below_a_hundred_is_read_in_words(number: int) -> None:
    names = {value: name for name, value in NUMBERS.items()}
    ones = names.get(number % 10)
    word = names.get(number) or f"{names[number - number % 10]}-{ones}"
    for text in (f"in {word} minutes", f"{word.replace('-', ' ')} minutes"):
        assert read(text).first == NOW + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("text", "expected"),
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


@pytest.mark.parametrize(
    ("text", "rule", "first"),
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


@pytest.mark.parametrize(
    ("now", "text", "moments"),
    [
        ("2026-01-31 12:00", "every 2 months", ["2026-03-31 12:00", "2026-05-31 12:00"]),
        ("2026-10-31 12:00", "every 4 months", ["2027-02-28 12:00", "2027-06-30 12:00"]),
        ("2026-03-30 12:00", "every 6 months", ["2026-09-30 12:00", "2027-03-30 12:00"]),
        ("2026-03-27 12:00", "every 2 years", ["2028-03-27 12:00", "2030-03-27 12:00"]),
        ("2026-03-28 02:30", "every 2 days", ["2026-03-30 02:30", "2026-04-01 02:30"]),
    ],
)
def test_what_is_counted_from_now_loses_no_month(now: str, text: str, moments: list[str]) -> None:
    when = read(text, at(now))
    assert [when.first, when.after(when.first)] == [at(moment) for moment in moments]


def test_a_day_that_some_of_the_counted_months_lack_is_asked() -> None:
    assert suggested("every 4 months", at("2026-10-30 12:00")) == (
        "every 4 months on the 28th at 12:00",
        "every 4 months on the last day at 12:00",
    )


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("17h30", ("17:30", "in 17h30m")),
        ("1400 hours", ("14:00", "in 1400 hours")),
        ("1:30 hours", ("at 1:30", "in 1h30m")),
        ("half nine", ("half past 9", "half past 8")),
        ("end of the week", ("friday 17:00", "sunday 17:00")),
        ("every 3rd monday",
         ("every 3 weeks on monday 9:00", "every month on the 3rd monday 9:00")),
        ("every 2nd", ("every month on the 2nd at 9:00", "every 2 days")),
        ("the 1st of the month", ("1 April 2026 09:00", "every month on the 1st at 09:00")),
        ("last friday of the month at 17:00",
         ("27 March 2026 17:00", "every month on the last Friday at 17:00")),
        ("in 2 weeks on monday", ("2 weeks from monday", "monday 9:00")),
        ("every 2 weeks at 9:00", ("every 2 weeks on friday at 9:00",)),
        ("biweekly", ("every 2 weeks on monday 9:00", "every monday and thursday 9:00")),
        ("every 1st and 15th", ("0 9 1,15 * *", "every month on the 1st at 9:00")),
        ("same time tomorrow", ("in 1 day", "tomorrow 9:00")),
        ("twice a day", ("every 12 hours", "0 9,21 * * *")),
        ("a few minutes", ("in 10 minutes", "tomorrow 9:00")),
        ("9am IST", ("9am Asia/Kolkata", "9am Europe/Dublin")),
        ("tomorrow 9am CST please", ("tomorrow 9am America/Chicago", "tomorrow 9am Asia/Shanghai")),
        ("every day at 9am EST",
         ("every day at 9am America/New_York", "every day at 9am America/Panama")),
        ("friday 9", ("friday at 9", "in 2 hours")),
        ("31.03.26", ("31.03.2026", "in 2 hours")),
        ("tomorrow by 5pm", ("tomorrow at 5pm", "in 2 hours")),
        ("friday the 3rd of april 2027", ("3 April 2027 9:00",)),
        ("17h", ("17:00", "in 17 hours")),
        ("17.30h", ("at 17:30", "in 17h30m")),
        ("9.10", ("at 9:10", "9 October")),
        ("1.5", ("in 1.5 hours", "1 May")),
        ("10 to 6pm", ("10 minutes to 6pm", "at 10")),
        ("every 1/2", ("every 1 February", "every 2 January")),
        (".5", ("tomorrow 9:00", "in 2 hours")),
        ("in 10", ("in 10 minutes", "in 10 hours")),
        ("10", ("at 10", "in 10 minutes")),
        ("tonight at 2", ("tomorrow 2:00am",)),
        ("13:00pm", ("13:00", "1:00pm")),
        ("monday after next", ("a week from monday", "in 2 hours")),
        ("in december", ("1 december", "the last day of december")),
        ("feb 30", ("the last day of February",)),
        ("at 530", ("at 5:30", "in 2 hours")),
        ("in 20-30 minutes", ("in 30 minutes",)),
        ("same time next week", ("in 7 days",)),
        ("every weekday except friday at 8:30", ("every mon, tue, wed, thu at 8:30", "in 2 hours")),
        ("every day at 9am and 5pm", ("0 9,17 * * *", "in 2 hours")),
        ("every day but sat and sun", ("every mon, tue, wed, thu, fri", "in 2 hours")),
        ("friday 1730", ("friday at 1730", "in 2 hours")),
        ("every day from 9am", ("every day at 9am", "in 2 hours")),
        ("tomorrow 9am India", ("tomorrow 9am in india", "in 2 hours")),
        ("in 10 minutes to call mum", ("in 10 minutes", "in 2 hours")),
        ("call mum in 10 minutes", ("in 10 minutes", "in 2 hours")),
        ("24 12 2026", ("24.12.2026", "in 2 hours")),
        ("tomorrow, friday, at 18:00", ("28 March 2026 18:00",)),
        ("weekdays at 9 and 17", ("0 9,17 * * 1-5", "in 2 hours")),
        ("every 10th and 20th", ("0 9 10,20 * *",)),
        ("every day at 18:00 for two weeks", ("every day at 18:00",)),
        ("every monday from 1 june", ("every monday",)),
    ],
)  # fmt: skip
def test_what_has_two_meanings_is_refused_with_both(
    text: str, suggestions: tuple[str, ...]
) -> None:
    assert suggested(text) == suggestions


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("tomorrow 17h30", ("tomorrow 17:30",)),
        ("half seven tomorrow evening",
         ("half past 7 tomorrow evening", "half past 6 tomorrow evening")),
        ("01.02.2027 10:00", ("1 February 2027 10:00", "2 January 2027 10:00")),
        ("thursday 3 april at 18:00", ("3 April 2026 18:00",)),
        ("in 2 weeks on monday at 8:30", ("2 weeks from monday 8:30", "monday 8:30")),
        ("every week at 10:15", ("every week on friday at 10:15",)),
        ("every month at 10:15", ("every month on the 1st at 10:15",)),
        ("every year at 10:15", ("every year on 27 March at 10:15",)),
        ("every 3rd monday at 10",
         ("every 3 weeks on monday at 10", "every month on the 3rd monday at 10")),
        ("every 15th day at 8:00", ("every 15 days at 8:00", "every month on the 15th at 8:00")),
        ("every 3rd at 8:00", ("every month on the 3rd at 8:00", "every 3 days at 8:00")),
        ("every monday at 17:00 EST",
         ("every monday at 17:00 America/New_York", "every monday at 17:00 America/Panama")),
        ("end of the week at noon", ("friday at noon", "sunday at noon")),
        ("end of next week", ("friday next week 17:00", "sunday next week 17:00")),
        ("every monday until christmas", ("every monday",)),
        ("tomorrow at lunchtime", ("tomorrow 12:00", "in 2 hours")),
        ("this weekend at 10:00",
         ("saturday at 10:00", "sunday at 10:00", "every weekend at 10:00")),
    ],
)  # fmt: skip
def test_a_suggestion_keeps_the_rest_of_the_phrase(text: str, suggestions: tuple[str, ...]) -> None:
    assert suggested(text) == suggestions


@pytest.mark.parametrize(
    "text",
    ["three days before easter", "every day every day", "hourly at 5",
     "2 days until friday", "friday or monday", "9:00 9:30"],
)  # fmt: skip
def test_the_part_that_is_read_is_not_suggested_where_the_rest_says_when(text: str) -> None:
    assert not {suggestion for suggestion in suggested(text) if text.startswith(suggestion)}


@pytest.mark.parametrize(
    "text", ["9am eat", "tomorrow 9am nice", "at 9 art", "9:00 - 10:00", "9 to 5"]
)
def test_words_that_are_places_too_are_no_zone(text: str) -> None:
    with pytest.raises(NotUnderstood):
        read(text)


def test_a_daily_time_in_letters_follows_the_clocks_of_their_region() -> None:
    when = read("every day at 9am PST")
    assert when.zone.key == "America/Los_Angeles"
    assert read("every day at 9:00 UTC-8").zone.key == "Etc/GMT+8"


# Properties

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


@pytest.mark.parametrize("text", _TIMES)
def test_every_prefix_is_read_or_not_understood(text: str) -> None:
    for opening, length in product(("", "every ", "tomorrow at ", "on the "), range(len(text) + 1)):
        described = describe_phrase(opening + text[:length], now=NOW, zone=BERLIN)
        assert 0 < len(described) <= 100


_WORDS = st.sampled_from(
    [
        *VOCABULARY, *(word for words in SYNONYMS for word in words), "in", "at", "on", "the", "of",
        "a", "an", "to", "and", "end", "start", "of", "month", "utc", "gmt", "+", "-", "+5:30",
        "tokyo", "new york", "ist", "est", "9", "17", "1730", "9:30", "1:30", "½", "3/4", "²",
        "31st", "2nd", "15th", "am", "pm", "p.m.", "o'clock", "eom", "eow", "eod", "time", "twice",
        "hundred", "(", ")", ",", "31.3.", "2027", "99999999", "monday", "january",
    ]
)  # fmt: skip
_NOWS = st.datetimes(
    datetime.fromisoformat("2024-01-01"),
    datetime.fromisoformat("2036-01-01"),
    timezones=st.just(UTC),
)


@settings(max_examples=400)
@given(st.lists(_WORDS, min_size=1, max_size=8).map(" ".join), _NOWS)
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


def test_a_suggestion_that_is_not_read_in_its_place_is_left_out() -> None:
    assert suggested("9am UTC+") == ("9am UTC+2",)
    assert suggested("UTC+") == ("tomorrow 9:00", "in 2 hours")
