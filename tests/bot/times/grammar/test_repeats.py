import pytest

from bot.times.grammar.repeats import every
from bot.times.phrase import Date, Duration, Phrase, PhraseError
from tests.bot.times.grammar.conftest import reader_of
from tests.rows import each

DAY, WEEK, MONTH, YEAR = Duration(days=1), Duration(days=7), Duration(months=1), Duration(months=12)


@each(
    "text, said",
    [
        ("daily", Phrase(every=DAY, is_single=True)),
        ("fortnightly", Phrase(every=Duration(days=14), is_single=False)),
        ("on weekdays", Phrase(every=WEEK, is_single=True, weekdays=(0, 1, 2, 3, 4))),
        ("mondays and fridays", Phrase(every=WEEK, is_single=True, weekdays=(0, 4))),
        ("every week", Phrase(every=WEEK, is_single=True)),
        ("every 1 week", Phrase(every=WEEK, is_single=True)),
        ("every 7 days", Phrase(every=WEEK, is_single=False)),
        ("every other monday", Phrase(every=WEEK * 2, is_single=False, weekdays=(0,))),
        ("every second week", Phrase(every=WEEK * 2, is_single=False)),
        ("every evening", Phrase(every=DAY, is_single=True, part="evening")),
        ("every 25 december", Phrase(every=YEAR, is_single=True, date=Date(12, 25))),
        ("every 31/12", Phrase(every=YEAR, is_single=True, date=Date(12, 31))),
        ("every 15th", Phrase(every=MONTH, is_single=True, month_day=15)),
        ("every last friday", Phrase(every=MONTH, is_single=True, nth="-1FR")),
        ("every 2nd tuesday of the month", Phrase(every=MONTH, is_single=True, nth="2TU")),
        ("every last day of the month", Phrase(every=MONTH, is_single=True, month_day=-1)),
        ("every hour and a half", Phrase(every=Duration(seconds=5400), is_single=False)),
    ],
)
def test_a_repetition_is_read(text: str, said: Phrase) -> None:
    reader = reader_of(text)
    assert every(reader)
    assert reader.phrase == said
    assert reader.peek() == ""


@pytest.mark.parametrize("text", ["week", "every", "every first day", "every 25 december 2027"])
def test_what_is_no_repetition_is_left(text: str) -> None:
    reader = reader_of(text)
    assert not every(reader) or reader.peek()


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        (
            "every 3rd monday",
            ("every 3 weeks on monday 9:00", "every month on the 3rd monday 9:00"),
        ),
        ("every 6th monday", ("every 6 weeks on monday 9:00",)),
        ("every 15th day", ("every 15 days", "every month on the 15th")),
        ("every 2nd", ("every month on the 2nd at 9:00", "every 2 days")),
        ("every 0 days", ("every day at 9:00",)),
        ("every 1/2", ("every 1 February", "every 2 January")),
    ],
)
def test_a_repetition_with_two_meanings_is_refused(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(PhraseError) as caught:
        every(reader_of(text))
    assert caught.value.suggestions == suggestions
