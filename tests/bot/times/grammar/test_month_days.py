import pytest

from bot.times.grammar.month_days import edge_of, month_day, named_month
from bot.times.phrase import END_OF_DAY, Date, Duration, Month, Phrase, PhraseError
from tests.bot.times.grammar.conftest import reader_of
from tests.rows import each

MONTH = Duration(months=1)
THIS = Month(ahead=0, is_any=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the 15th", Phrase(month_day=15)),
        ("the second", Phrase(month_day=2)),
        ("15th of every month", Phrase(month_day=15, every=MONTH, is_single=True)),
        ("1st of every other month", Phrase(month_day=1, every=Duration(2), is_single=False)),
        ("last day of the month", Phrase(month_day=-1, month=Month(is_any=True))),
        ("first monday of april 2027", Phrase(nth="1MO", month=Month(4, 2027))),
        ("the 3rd of next month", Phrase(month_day=3, month=Month(ahead=1))),
    ],
)
def test_a_day_of_a_month_is_read(text: str, said: Phrase) -> None:
    reader = reader_of(text)
    assert month_day(reader)
    assert reader.phrase == said


@pytest.mark.parametrize(
    "text", ["second", "last friday", "the last day", "6th friday of april", "15", "friday"]
)
def test_what_says_too_little_is_left(text: str) -> None:
    assert not month_day(reader_of(text))


def test_a_month_alone_is_read_beside_a_day() -> None:
    reader = reader_of("next month")
    assert named_month(reader)
    assert reader.phrase == Phrase(month=Month(ahead=1))


@each(
    "text, said",
    [
        ("eom", Phrase(month_day=-1, month=THIS, default=END_OF_DAY)),
        ("month end", Phrase(month_day=-1, month=THIS, default=END_OF_DAY)),
        ("by the end of the month", Phrase(month_day=-1, month=THIS, default=END_OF_DAY)),
        ("end of next month", Phrase(month_day=-1, month=Month(ahead=1), default=END_OF_DAY)),
        ("start of the month", Phrase(month_day=1, month=Month(ahead=1))),
        ("end of april", Phrase(month_day=-1, month=Month(4), default=END_OF_DAY)),
        ("start of april", Phrase(month_day=1, month=Month(4))),
        ("eoy", Phrase(date=Date(12, 31), default=END_OF_DAY)),
        ("beginning of next year", Phrase(date=Date(1, 1))),
        ("start of next week", Phrase(weekdays=(0,), week=1)),
        ("start of every week", Phrase(every=Duration(days=7), is_single=True, weekdays=(0,))),
        (
            "end of every month",
            Phrase(every=MONTH, is_single=True, month_day=-1, default=END_OF_DAY),
        ),
    ],
)
def test_the_end_of_a_month_or_year_is_read(text: str, said: Phrase) -> None:
    reader = reader_of(text)
    assert edge_of(reader)
    assert reader.phrase == said


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("end of the week", ("friday 17:00", "sunday 17:00")),
        ("every eow", ("every friday 17:00", "every sunday 17:00")),
        ("start of this month", ("the beginning of next month",)),
        ("end of next year", ("in 1 year", "31 December")),
    ],
)
def test_an_end_with_two_meanings_is_refused(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(PhraseError) as caught:
        edge_of(reader_of(text))
    assert caught.value.suggestions == suggestions
