from __future__ import annotations

import pytest

from connectors.wires.decoders.thinking_marks import (
    Opening,
    held_from,
    lone_close,
    may_open,
    opening,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<think>hm", Opening("<think>", "</think>")),
        ("<Thinking>hm", Opening("<Thinking>", "</thinking>")),
        ('<think class="x">hm', Opening('<think class="x">', "</think>")),
        ("[THINK]hm", Opening("[THINK]", "[/think]")),
        ("analysisWe need", Opening("analysis", "assistantfinal")),
        ("analysis of", None),
        ("<b>hm", None),
    ],
)
def test_the_mark_that_a_text_begins_with_is_found(text: str, found: Opening | None) -> None:
    assert opening(text) == found


def test_a_mark_that_is_spoken_counts_only_once_it_is_closed() -> None:
    found = opening("Here is my thought process: hm")
    assert found is not None
    assert found.is_spoken


@pytest.mark.parametrize(
    ("text", "may"),
    [("<thi", True), ("<think a=", True), ("anal", True), ("<b", False), ("think", False)],
)
def test_a_beginning_may_still_become_a_mark(text: str, may: bool) -> None:
    assert may_open(text) is may


@pytest.mark.parametrize(
    ("text", "start"), [("hm </thi", 3), ("hm", 2), ("hm </think> yes", 15), ("a <", 2)]
)
def test_the_beginning_of_a_closing_mark_is_held(text: str, start: int) -> None:
    assert held_from(text) == start


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("hm.\n</think>\nYes", True),
        ("Use `</think>` to close", False),
        ("<think> is closed by </think> here", False),
        ("    </think>\nx", False),
        ("```\n</think>\n```", False),
        ("- </think>\nx", False),
        ("no mark", False),
    ],
)
def test_a_closing_mark_is_told_from_one_that_is_talked_about(text: str, is_meant: bool) -> None:
    close, is_sure = lone_close(text, 0, is_whole=True)
    assert (close is not None, is_sure) == (is_meant, True)


def test_a_mark_at_the_end_is_not_sure_before_more_has_come() -> None:
    close, is_sure = lone_close("Close it with </think>", 0, is_whole=False)
    assert close is not None
    assert not is_sure
