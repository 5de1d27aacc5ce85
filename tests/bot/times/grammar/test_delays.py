import pytest

from bot.times.grammar.delays import delay
from bot.times.phrase import Duration, PhraseError
from tests.bot.times.grammar.conftest import reader_of
from tests.rows import each

HOUR = Duration(seconds=3600)


@each(
    "text, length, is_marked",
    [("in an hour", HOUR, True), ("within the hour", HOUR, True), ("+1h", HOUR, True),
     ("1h", HOUR, False), ("1 hour from now", HOUR, True), ("in an hour's time", HOUR, True),
     ("in the next hour", HOUR, True), ("in 1:30 hours", Duration(seconds=5400), True),
     ("2 weeks today", Duration(days=14), True)],
)  # fmt: skip
def test_a_delay_is_read(text: str, length: Duration, is_marked: bool) -> None:
    reader = reader_of(text)
    assert delay(reader)
    assert reader.phrase.delay == length
    assert reader.is_marked == is_marked
    assert reader.peek() == ""


@pytest.mark.parametrize(
    ("text", "shift"),
    [("a week from sunday", Duration(days=7)), ("2 hours before noon", Duration(seconds=-7200)),
     ("the day before christmas", Duration(days=-1)), ("a week on sunday", Duration(days=7)),
     ("a week tomorrow", Duration(days=7)), ("90 minutes after noon", Duration(seconds=5400))],
)  # fmt: skip
def test_a_duration_beside_a_day_shifts_it(text: str, shift: Duration) -> None:
    reader = reader_of(text)
    assert delay(reader)
    assert (reader.phrase.shift, reader.phrase.delay) == (shift, None)


@pytest.mark.parametrize("text", ["tomorrow", "in the evening", "at 5", "in december", "month"])
def test_what_is_no_duration_is_left(text: str) -> None:
    assert not delay(reader_of(text))


@pytest.mark.parametrize(
    ("text", "choices"),
    [("17h30", ("17:30", "in 17h30m")), ("17h", ("17:00", "in 17 hours")),
     ("1400 hours", ("14:00", "in 1400 hours")), ("1:30 hours", ("at 1:30", "in 1h30m")),
     ("17.30h", ("at 17:30", "in 17h30m")), ("in 1:30", ("in 1h30m", "at 1:30"))],
)  # fmt: skip
def test_what_may_be_a_time_of_day_is_refused(text: str, choices: tuple[str, ...]) -> None:
    with pytest.raises(PhraseError) as caught:
        delay(reader_of(text))
    assert caught.value.suggestions == choices


@pytest.mark.parametrize("text", ["5h", "2h30m", "1h05", "30h"])
def test_what_can_only_be_a_duration_is_read(text: str) -> None:
    assert delay(reader_of(text))
