import asyncio
from typing import NamedTuple, cast

import pytest

from bot.answers.texts import STILL_IN_LINE, STILL_THINKING
from bot.answers.waiting import note, note_in_line, tell, without_note
from bot.providers.generation import Generation
from tests.rows import each
from tests.virtual_time import run


class Written(NamedTuple):
    label: str
    has_begun: bool


def shown(*, left_s: float, begins_at_s: float = 1e9) -> list[tuple[float, str]]:
    """Return what is shown, and when, for a model that begins to write at a moment."""
    seen: list[tuple[float, str]] = []

    async def main() -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        await tell(
            lambda text: seen.append((clock() - began, text)),
            lambda: cast(Generation, Written("OpenAI", clock() - began >= begins_at_s)),
            left_s=left_s,
        )

    run(main())
    return seen


def shown_in_line(places: list[int | None], *, left_s: float = 1e6) -> list[tuple[float, str]]:
    """Return what is shown, and when, for a place in each second, until the model begins."""
    seen: list[tuple[float, str]] = []

    async def main() -> None:
        clock = asyncio.get_running_loop().time

        def place() -> tuple[str, int] | None:
            at = places[min(int(clock()), len(places) - 1)]
            return None if at is None else ("Ollama", at)

        await tell(
            lambda text: seen.append((clock(), text)),
            lambda: cast(Generation, Written("Ollama", clock() >= len(places))),
            left_s=left_s,
            place=place,
        )

    run(main())
    return seen


def test_who_waits_for_a_second_sees_the_place_in_line_and_then_its_turn() -> None:
    assert shown_in_line([2, 2, 2, 2, 1, 1, *[None] * 6]) == [
        (1.0, "-# Ollama is busy: you are number 2 in line."),
        (5.0, "-# Ollama is busy: you are next in line."),
        (7.0, "-# Ollama is thinking… (1 s)"),
        (11.0, "-# Ollama is thinking… (5 s)"),
    ]


def test_the_place_is_seen_as_early_if_it_is_not_known_at_once() -> None:
    assert shown_in_line([None, 2, 2, 2, 2]) == [
        (1.0, "-# Ollama is busy: you are number 2 in line.")
    ]


def test_who_waits_for_less_sees_nothing_of_it() -> None:
    assert shown_in_line([1, None, None]) == []


def test_a_place_that_does_not_change_is_told_once() -> None:
    assert len(shown_in_line([7] * 600)) == 1


def test_far_behind_not_every_step_is_told() -> None:
    told = shown_in_line([50 - second // 6 for second in range(300)])
    assert len(told) < 15


def test_the_line_of_another_provider_is_told_at_once() -> None:
    seen = shown_in_line([None, None, None, 3, 3])
    assert seen == [(4.0, "-# Ollama is busy: you are number 3 in line.")]


def test_when_the_token_ends_in_line_that_is_told_for_good() -> None:
    assert shown_in_line([1] * 20, left_s=12.0)[-1] == (12.0, STILL_IN_LINE)


def test_it_is_told_ever_more_calmly_and_in_the_end_for_good() -> None:
    assert shown(left_s=250.0) == [
        (5.0, "-# OpenAI is thinking… (5 s)"),
        (10.0, "-# OpenAI is thinking… (10 s)"),
        (20.0, "-# OpenAI is thinking… (20 s)"),
        (30.0, "-# OpenAI is thinking… (30 s)"),
        (45.0, "-# OpenAI is thinking… (45 s)"),
        (60.0, "-# OpenAI is thinking… (60 s)"),
        (90.0, "-# OpenAI is thinking… (90 s)"),
        (120.0, "-# OpenAI is thinking… (2 min)"),
        (180.0, "-# OpenAI is thinking… (3 min)"),
        (240.0, "-# OpenAI is thinking… (4 min)"),
        (250.0, STILL_THINKING),
    ]


def test_in_the_time_that_discord_leaves_there_are_few_edits() -> None:
    assert len(shown(left_s=810.0)) < 25


def test_it_ends_when_the_model_begins() -> None:
    assert [moment for moment, _ in shown(left_s=800.0, begins_at_s=12.0)] == [5.0, 10.0]


@pytest.mark.parametrize("left_s", [0.0, -5.0])
def test_where_no_time_is_left_it_is_told_once(left_s: float) -> None:
    assert shown(left_s=left_s) == [(0.0, STILL_THINKING)]


def test_without_a_provider_yet_the_model_thinks() -> None:
    assert note("", 5) == "-# The model is thinking… (5 s)"


@each(
    "content, rest",
    [
        (note("Hugging Face", 45), ""),
        (f"One,\n{note('vLLM', 240)}", "One,"),
        (note_in_line(("Ollama", 1)), ""),
        (f"One,\n{note_in_line(('LM Studio', 12))}", "One,"),
        (f"One,\n{STILL_IN_LINE}", "One,"),
        (f"One,\n{STILL_THINKING}", "One,"),
        ("It is thinking… (5 s)", "It is thinking… (5 s)"),
        ("-# She is thinking… (5 s)\nno", "-# She is thinking… (5 s)\nno"),
    ],
)
def test_the_note_is_told_from_the_text(content: str, rest: str) -> None:
    assert without_note(content) == rest
