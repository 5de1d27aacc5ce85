import re

from bot.times.grammar.reader import Reader
from tests.bot.times.grammar.conftest import reader_of


def test_words_are_taken_only_as_a_whole() -> None:
    reader = reader_of("end of month")
    assert not reader.take("end", "of", "week")
    assert reader.at == 0
    assert reader.take("end", "of")
    assert reader.peek() == "month"
    assert reader.peek(1) == ""


def test_the_end_is_not_taken_as_a_word() -> None:
    reader = reader_of("")
    assert not reader.take_one("", "at")
    assert reader.at == 0


def test_a_value_is_taken_from_a_table() -> None:
    reader = reader_of("friday 9:00")
    assert reader.take_from({"monday": 0}) is None
    assert reader.take_from({"friday": 0}) == 0
    assert reader.take_match(re.compile(r"\d+")) is None
    found = reader.take_match(re.compile(r"(\d+):(\d+)"))
    assert found is not None
    assert found.groups() == ("9", "00")


def test_the_first_words_of_a_table_are_taken() -> None:
    reader = reader_of("a quarter past")
    assert reader.take_words({("a", "half"): 1, ("a", "quarter"): 2, ("a",): 3}) == 2
    assert reader.at == 2


def test_a_rule_that_fails_leaves_the_next_one_at_the_same_place() -> None:
    def fails(reader: Reader) -> bool:
        reader.at += 2
        return False

    reader = reader_of("at noon sharp")
    assert reader.tries((fails, lambda r: r.take("at")))
    assert reader.at == 1


def test_a_field_is_set_once() -> None:
    reader = reader_of("x")
    assert reader.sets(offset=0, part="night")
    assert not reader.sets(week=1, offset=1)
    assert (reader.phrase.offset, reader.phrase.week) == (0, None)


def test_a_choice_stands_in_the_place_of_what_was_read() -> None:
    reader = reader_of("Tomorrow half 9 with cake")
    reader.at = 3
    assert reader.instead(1, "9:30", "8:30") == [
        "Tomorrow 9:30 with cake", "Tomorrow 8:30 with cake",
    ]  # fmt: skip


def test_a_time_is_added_where_nothing_follows() -> None:
    reader = reader_of("every 3rd")
    reader.at = 3
    assert reader.instead(0, "every 3 days", at=" 9:00") == ["every 3 days 9:00"]
