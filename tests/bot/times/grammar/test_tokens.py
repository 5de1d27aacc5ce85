import pytest

from bot.times.grammar.tokens import tokenize
from tests.rows import each


@each(
    "text, words",
    [
        ("", ""),
        ("Tomorrow AT 9:30", "tomorrow at 9:30"),
        ("1,5 hours", "1.5 hours"),
        (".5 hours", "0.5 hours"),
        ("5p", "5 pm"),
        ("5p.m.", "5 p . m ."),
        ("Fri. at 9", "fri at 9"),
        ("24. December", "24 december"),
        ("24-Dec-2026", "24 dec 2026"),
        ("mon/wed", "mon , wed"),
        ("Europe/Berlin", "europe/berlin"),
        ("demain à 9h", "demain a 9 h"),
        ("9 \u2013 10", "9 - 10"),
        ("tmrw", "tomorrow"),
        ("day after next", "day after next"),
        ("the day after next", "the day after tomorrow"),
        ("please remind me in about 10 min", "in 10 min"),
    ],
)
def test_a_text_becomes_the_words_of_the_grammar(text: str, words: str) -> None:
    assert tokenize(text)[0] == words.split()


@pytest.mark.parametrize("text", ["tomorrow 9:00", "please tmrw 9am", "mon/wed 5p", "xmas, ok"])
def test_each_word_ends_where_its_text_ends(text: str) -> None:
    words, ends = tokenize(text)
    assert len(ends) == len(words) + 1
    assert ends[0] == 0
    assert ends == sorted(ends)
    assert ends[-1] == len(text)


def test_a_synonym_of_several_words_ends_where_the_last_one_does() -> None:
    words, ends = tokenize("xmas at 9")
    assert words == ["25", "december", "at", "9"]
    assert ends == [0, 0, 4, 7, 9]
