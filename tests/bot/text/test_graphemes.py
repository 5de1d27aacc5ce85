"""Tests for what a person sees as one character."""

from bot.text.graphemes import graphemes


def test_a_family_and_a_letter_with_its_accent_are_one_each() -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    text = f"a{family}e\N{COMBINING ACUTE ACCENT}!"
    assert [found[0] for found in graphemes(text)] == [
        "a",
        family,
        "e\N{COMBINING ACUTE ACCENT}",
        "!",
    ]


def test_what_is_whole_is_one_too() -> None:
    found = [one[0] for one in graphemes("a<:wave:1>b", whole=r"<:\w+:\d+>")]
    assert found == ["a", "<:wave:1>", "b"]


def test_an_empty_text_has_none() -> None:
    assert list(graphemes("")) == []
