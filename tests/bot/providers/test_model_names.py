import pytest

from bot.providers.model_names import nearest_names, quoted, rank_of

NAMES = ["llama3.2:latest", "GPT-4o", "gpt-4o-mini"]


def test_the_nearest_names_do_not_hold_the_name_itself() -> None:
    assert nearest_names("gpt-4o", NAMES, 3) == ["gpt-4o-mini"]


def test_case_makes_no_name_farther() -> None:
    assert nearest_names("gpt-4", NAMES, 1) == ["GPT-4o"]


def test_the_first_names_are_offered_where_none_is_near() -> None:
    assert nearest_names("xyz", NAMES, 2) == NAMES[:2]


@pytest.mark.parametrize(
    ("typed", "rank"),
    [("gpt-4o", 0), ("gpt", 1), ("4o", 2), ("t-4", 3), ("openai gpt", 3), ("clippy", None)],
)
def test_a_model_matches_the_better_the_more_it_begins_so(typed: str, rank: int | None) -> None:
    assert rank_of(typed.split(), "openai", "GPT-4o") == rank


def test_a_quoted_name_turns_nothing_around() -> None:
    assert quoted("gpt\u202e-4\n`x`") == "`gpt-4 'x'`"
    assert quoted("\u202e") == "its own model"
