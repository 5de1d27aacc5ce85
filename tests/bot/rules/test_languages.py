import pytest

from bot.rules.languages import ENDONYMS, OFFERED, find_languages, label_of, language_named


@pytest.mark.parametrize(
    ("typed", "first"),
    [("ger", "German"), ("deu", "German"), ("日", "Japanese"), ("PORT", "Portuguese")],
)
def test_languages_are_found_by_both_names(typed: str, first: str) -> None:
    assert find_languages(typed)[0] == first


def test_without_a_word_the_most_spoken_are_offered() -> None:
    assert list(find_languages(" ")) == list(ENDONYMS)[:OFFERED]


def test_only_a_whole_name_names_one() -> None:
    names = ["german", " Deutsch ", "ger", "", "Klingon"]
    assert [language_named(name) for name in names] == ["German", "German", None, None, None]


def test_a_label_has_both_names_where_they_differ() -> None:
    said = [label_of(name) for name in ("German", "English", "Klingon")]
    assert said == ["German (Deutsch)", "English", "Klingon"]
