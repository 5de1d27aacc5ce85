import pytest

from bot.times.grammar.dates import date_in_numbers, date_in_words, ordinal, weekdays, year
from bot.times.phrase import Date, PhraseError
from bot.times.words import DAY_NUMBERS
from tests.bot.times.grammar.conftest import reader_of
from tests.rows import each


@each(
    "text, number",
    [("1st", 1), ("31st", 31), ("32nd", None), ("0th", None), ("first", 1), ("twenty-first", 21),
     ("thirty first", 31), ("thirty second", None), ("twentieth", 20), ("last", -1), ("5", None)],
)  # fmt: skip
def test_an_ordinal_is_a_day_of_a_month(text: str, number: int | None) -> None:
    assert ordinal(reader_of(text)) == number


@pytest.mark.parametrize(
    ("text", "days", "rest"),
    [("mon", (0,), ""), ("mon-fri", (0, 1, 2, 3, 4), ""), ("sat to mon", (0, 5, 6), ""),
     ("friday, mon and wed at", (0, 2, 4), "at"), ("mon - mon", (), ""), ("mon, 9:00", (0,), ","),
     ("noon", (), "noon")],
)  # fmt: skip
def test_weekdays_are_sorted(text: str, days: tuple[int, ...], rest: str) -> None:
    reader = reader_of(text)
    assert weekdays(reader, DAY_NUMBERS) == days
    assert not days or reader.peek() == rest


@each(
    "text, date",
    [("2027-03-05", Date(3, 5, 2027)), ("2027/3/5", Date(3, 5, 2027)),
     ("31.03.2027", Date(3, 31, 2027)), ("12/31/2027", Date(12, 31, 2027)), ("31/3", Date(3, 31)),
     ("31.3.", Date(3, 31)), ("31.3", None), ("5/5", Date(5, 5)), ("32/13", None), ("9:30", None)],
)  # fmt: skip
def test_a_date_in_numbers_is_read_if_it_is_one(text: str, date: Date | None) -> None:
    assert date_in_numbers(reader_of(text)) == date


def test_a_date_that_may_be_two_is_refused_with_both() -> None:
    reader = reader_of("on 03/04/2027 at noon")
    reader.at = 1
    with pytest.raises(PhraseError) as caught:
        date_in_numbers(reader)
    assert caught.value.suggestions == ("on 3 April 2027 at noon", "on 4 March 2027 at noon")


@pytest.mark.parametrize(
    ("text", "date"),
    [("3 march", Date(3, 3)), ("March the 3rd, 2027", Date(3, 3, 2027)),
     ("3rd of sept", Date(9, 3)), ("may 5 2028", Date(5, 5, 2028)), ("march", None),
     ("3 apples", None),
     ("last march", None)],
)  # fmt: skip
def test_a_date_in_words_has_a_month(text: str, date: Date | None) -> None:
    assert date_in_words(reader_of(text)) == date


def test_a_comma_behind_a_date_is_left_where_no_year_follows() -> None:
    reader = reader_of("3 march, 9:00")
    assert date_in_words(reader) == Date(3, 3)
    assert reader.peek() == ","


def test_a_year_has_four_digits() -> None:
    assert year(reader_of("2027")) == 2027
    assert year(reader_of("27")) is None
