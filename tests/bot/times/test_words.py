import pytest

from bot.times.words import NUMBERS, ORDINALS, every_text, is_digits, ordinal_text
from tests.rows import each


@each(
    "number, text",
    [(-1, "last"), (1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"),
     (13, "13th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (30, "30th"), (31, "31st")],
)  # fmt: skip
def test_an_ordinal_has_the_ending_of_its_number(number: int, text: str) -> None:
    assert ordinal_text(number) == text


def test_a_repetition_counts_only_from_two() -> None:
    assert every_text(1, "week") == "every week"
    assert every_text(2, "week") == "every 2 weeks"


@pytest.mark.parametrize("token", ["", "²", "\u0661", "-1", "1.5", "one"])
def test_only_ascii_digits_are_a_number(token: str) -> None:
    assert not is_digits(token)
    assert is_digits("042")


def test_numbers_and_ordinals_are_those_of_english() -> None:
    assert [NUMBERS[name] for name in ("one", "twelve", "twenty", "ninety")] == [1, 12, 20, 90]
    assert [ORDINALS[name] for name in ("first", "twelfth", "thirtieth")] == [1, 12, 30]
