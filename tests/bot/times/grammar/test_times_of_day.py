import pytest

from bot.times.grammar.times_of_day import day_or_time, part_of_day, past_or_to, time_of_day
from bot.times.phrase import END_OF_DAY, Clock, Date, Phrase, PhraseError
from tests.bot.times.grammar.conftest import reader_of
from tests.rows import each


@each(
    "text, clock",
    [
        ("at 9", Clock(9, exact=False)),
        ("9:30", Clock(9, 30, exact=False)),
        ("09:30", Clock(9, 30)),
        ("17:00:05", Clock(17, 0, 5)),
        ("12am", Clock(0)),
        ("12 p.m.", Clock(12)),
        ("530pm", Clock(17, 30)),
        ("5 30 pm", Clock(17, 30)),
        ("0930", Clock(9, 30)),
        ("at 1730", Clock(17, 30)),
        ("at 17h30", Clock(17, 30)),
        ("17.30", Clock(17, 30)),
        ("nine fifteen pm", Clock(21, 15)),
        ("nine oh five am", Clock(9, 5)),
        ("5 o'clock", Clock(5, exact=False)),
        ("seven in the evening", Clock(7, exact=False)),
        ("noon", Clock(12)),
        ("midnight", Clock(0, is_midnight=True)),
        ("end of the day", END_OF_DAY),
    ],
)
def test_a_time_of_day_is_read(text: str, clock: Clock) -> None:
    reader = reader_of(text)
    assert time_of_day(reader)
    assert reader.phrase == Phrase(clock=clock)


@each("text", ["9", "1730", "930", "2027", "friday", "9.10", "at", "half"])
def test_a_number_alone_is_no_time_of_day(text: str) -> None:
    assert not time_of_day(reader_of(text))


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [("half 9", ("half past 9", "half past 8")), ("at 24:00", ("midnight",)), ("at 25:00", ()),
     ("9:60", ()), ("13:00pm", ("13:00", "1:00pm")), ("0am", ("0:00", "12:00am"))],
)  # fmt: skip
def test_a_time_that_does_not_exist_is_refused(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(PhraseError) as caught:
        time_of_day(reader_of(text))
    assert caught.value.suggestions == suggestions


@each(
    "text, clock",
    [("half past 9", Clock(9, 30, exact=False)), ("quarter to eight pm", Clock(19, 45)),
     ("20 to 6", Clock(5, 40, exact=False)), ("ten past noon", None), ("10 to 6", None),
     ("a quarter of six pm", Clock(17, 45)), ("twenty-five to 1", Clock(12, 35, exact=False)),
     ("half to 9", None), ("at ten minutes to 9am", Clock(8, 50))],
)  # fmt: skip
def test_minutes_before_and_after_an_hour_are_read(text: str, clock: Clock | None) -> None:
    reader = reader_of(text)
    assert past_or_to(reader) == (clock is not None)
    assert reader.phrase.clock == clock


def test_a_number_with_a_point_is_a_day_where_it_can_be_no_time() -> None:
    reader = reader_of("24.12")
    assert day_or_time(reader)
    assert reader.phrase == Phrase(date=Date(12, 24))


def test_a_number_with_a_point_is_a_day_beside_a_time() -> None:
    reader = reader_of("9.10")
    reader.phrase.clock = Clock(18)
    assert day_or_time(reader)
    assert reader.phrase.date == Date(10, 9)


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [("9.10", ("at 9:10", "9 October")), ("1.5", ("in 1.5 hours", "1 May"))],
)
def test_a_number_that_may_be_a_day_or_a_time_is_refused(
    text: str, suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(PhraseError) as caught:
        day_or_time(reader_of(text))
    assert caught.value.suggestions == suggestions


@pytest.mark.parametrize("text", ["morning", "in the morning", "at morning"])
def test_a_part_of_the_day_is_read(text: str) -> None:
    reader = reader_of(text)
    assert part_of_day(reader)
    assert reader.phrase == Phrase(part="morning")
