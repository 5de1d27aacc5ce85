from datetime import date

import pytest

from bot.times.phrase import Clock, Date, Duration, Phrase, PhraseError


@pytest.mark.parametrize(
    ("day", "year", "expected"),
    [
        (Date(2, 29), 2028, date(2028, 2, 29)),
        (Date(2, 29), 2027, None),
        (Date(0, 1), 2027, None),
        (Date(13, 13), 2027, None),
        (Date(1, 1), 0, None),
    ],
)
def test_a_day_is_none_in_a_year_without_it(day: Date, year: int, expected: date | None) -> None:
    assert day.in_year(year) == expected


def test_a_duration_is_multiplied_unit_by_unit() -> None:
    assert Duration(months=1, days=2, seconds=3) * -2 == Duration(-2, -4, -6)


def test_the_fields_that_name_a_day_are_those_that_are_set() -> None:
    phrase = Phrase(clock=Clock(9), offset=0, month_day=-1, every=Duration(months=1))
    assert phrase.day_fields() == {"offset", "month_day"}


def test_a_phrase_without_a_time_of_day_is_at_nine() -> None:
    assert Phrase().time_text() == "9:00"
    assert Phrase(clock=Clock(17, 5)).time_text() == "17:05"


def test_an_error_has_its_reason_and_suggestions() -> None:
    error = PhraseError("is in the past", "tomorrow")
    assert (error.reason, error.suggestions, str(error)) == (
        "is in the past", ("tomorrow",), "is in the past",
    )  # fmt: skip
