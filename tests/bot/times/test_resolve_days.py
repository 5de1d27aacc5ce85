from datetime import date

import pytest

from bot.times.phrase import Clock, Date, Duration, Month, Phrase, PhraseError
from bot.times.resolve_days import DAYS_OF
from tests.rows import each

TODAY = date(2026, 3, 27)  # a Friday


def days(said: Phrase, today: date = TODAY) -> list[date]:
    return DAYS_OF[said.day_fields()](said, today)


@each(
    "said, expected",
    [
        (Phrase(), ["03-27", "03-28"]),
        (Phrase(offset=2), ["03-29"]),
        (Phrase(weekdays=(4,)), ["03-27", "04-03"]),
        (Phrase(weekdays=(4,), which="next"), ["04-03", "04-10"]),
        (Phrase(weekdays=(4,), which="this"), ["03-27"]),
        (Phrase(week=1), ["04-03"]),
        (Phrase(weekdays=(0,), week=1), ["03-30"]),
        (Phrase(offset=1, weekdays=(5,)), ["03-28"]),
        (Phrase(month_day=31, month=Month(ahead=0)), ["03-31"]),
        (Phrase(month_day=-1, month=Month(ahead=1)), ["04-30"]),
        (Phrase(nth="1MO", month=Month(ahead=1)), ["04-06"]),
        (Phrase(nth="-1FR", month=Month(ahead=0)), ["03-27"]),
        (Phrase(nth="2TU", month=Month(4, 2026)), ["04-14"]),
        (Phrase(month_day=1, delay=Duration(months=3)), ["06-01"]),
        (Phrase(month_day=29, weekdays=(6,)), ["03-29"]),
    ],
)  # fmt: skip
def test_a_phrase_means_its_days(said: Phrase, expected: list[str]) -> None:
    assert days(said) == [date.fromisoformat(f"2026-{day}") for day in expected]


def test_a_date_without_a_year_is_in_each_year_that_has_it() -> None:
    assert days(Phrase(date=Date(2, 29))) == [date(2028, 2, 29), date(2032, 2, 29)]


def test_a_month_day_is_skipped_where_a_month_lacks_it() -> None:
    found = days(Phrase(month_day=31))
    assert [day.month for day in found] == [3, 5, 7, 8, 10, 12, 1, 3]


def test_a_fifth_weekday_is_skipped_where_a_month_lacks_it() -> None:
    found = days(Phrase(nth="5SU", month=Month(is_any=True)))
    assert found[0] == date(2026, 3, 29)
    assert found[1] == date(2026, 5, 31)


@each(
    "said, suggestions",
    [
        (Phrase(date=Date(2, 30)), ("the last day of February",)),
        (Phrase(date=Date(2, 29, 2027)), ("the last day of February 2027",)),
        (Phrase(date=Date(13, 13)), ("the last day of",)),
        (Phrase(date=Date(4, 3, 2026), weekdays=(3,)), ("3 April 2026 9:00",)),
        (Phrase(month_day=31, month=Month(4, 2026)), ("the last day of next month",)),
        (Phrase(delay=Duration(days=14), weekdays=(0,)), ("2 weeks from monday", "monday 9:00")),
        (
            Phrase(delay=Duration(days=7), weekdays=(0,), clock=Clock(8, 30)),
            ("a week from monday 8:30", "monday 8:30"),
        ),
        (Phrase(month=Month(ahead=1)), ("in 1 month", "the 1st of next month")),
        (Phrase(month_day=1, delay=Duration(days=3)), ()),
    ],
)
def test_a_day_that_does_not_exist_or_fit_is_refused(
    said: Phrase, suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(PhraseError) as caught:
        days(said)
    assert caught.value.suggestions == suggestions
