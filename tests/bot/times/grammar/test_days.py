import pytest

from bot.times.grammar.days import calendar_date, day_word, week, weekday
from bot.times.phrase import Date, Duration, Phrase
from tests.bot.times.grammar.conftest import reader_of

WEEK = Duration(days=7)


@pytest.mark.parametrize(
    ("text", "said"),
    [("today", Phrase(offset=0)), ("tomorrow", Phrase(offset=1)),
     ("the day after tomorrow", Phrase(offset=2)), ("tonight", Phrase(offset=0, part="night")),
     ("this evening", Phrase(offset=0, part="evening"))],
)  # fmt: skip
def test_a_word_names_a_day(text: str, said: Phrase) -> None:
    reader = reader_of(text)
    assert day_word(reader)
    assert reader.phrase == said


@pytest.mark.parametrize(
    ("text", "said"),
    [("on friday", Phrase(weekdays=(4,))), ("next fri", Phrase(weekdays=(4,), which="next")),
     ("mon-wed", Phrase(every=WEEK, is_single=True, weekdays=(0, 1, 2))),
     ("friday week", Phrase(weekdays=(4,), shift=WEEK))],
)  # fmt: skip
def test_a_weekday_is_read(text: str, said: Phrase) -> None:
    reader = reader_of(text)
    assert weekday(reader)
    assert reader.phrase == said


def test_a_list_of_weekdays_belongs_to_the_repetition_before_it() -> None:
    reader = reader_of("on mon and thu")
    reader.phrase.every = Duration(days=14)
    assert weekday(reader)
    assert reader.phrase == Phrase(every=Duration(days=14), weekdays=(0, 3))


def test_a_week_is_this_one_or_the_next() -> None:
    for text, number in (("this week", 0), ("of next week", 1)):
        reader = reader_of(text)
        assert week(reader)
        assert reader.phrase == Phrase(week=number)
    assert not week(reader_of("week"))


def test_a_date_is_read_in_numbers_and_in_words() -> None:
    for text in ("on the 31.3.2027", "31 march 2027"):
        reader = reader_of(text)
        assert calendar_date(reader)
        assert reader.phrase == Phrase(date=Date(3, 31, 2027))
