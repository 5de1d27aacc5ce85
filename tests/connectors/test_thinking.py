from __future__ import annotations

import pytest

from connectors.thinking import HELD_LIMIT, ThinkSplitter, without_think_block


@pytest.mark.parametrize(
    ("written", "text", "reasoning"),
    [
        ("<think>hm</think>yes", "yes", "hm"),
        ("\n<think>\nhm </think>\n\n yes <b>", "yes <b>", "hm "),
        ("<think></think>yes", "yes", ""),
        ("<think>a < b </thin> c</think>yes", "yes", "a < b </thin> c"),
        ("<think>never closed </thi", "", "never closed </thi"),
        ("yes <think>no</think>", "yes <think>no</think>", ""),
        ("<thinking>", "<thinking>", ""),
        ("<thinking>hm</thinking>yes", "yes", "hm"),
        ("<THINK>hm</Think>yes", "yes", "hm"),
        ("[THINK]hm[/THINK]yes", "yes", "hm"),
        ("<seed:think>hm</seed:think>yes", "yes", "hm"),
        ("<|START_THINKING|>hm<|END_THINKING|>yes", "yes", "hm"),
        ("<|channel>thought\nhm<channel|>yes", "yes", "hm"),
        ("◁think▷hm◁/think▷yes", "yes", "hm"),
        ("<|channel|>analysis<|message|>hm<|end|><|channel|>final<|message|>yes", "yes", "hm"),
        ("`<think>` opens it", "`<think>` opens it", ""),
        ("[1] and [THINK]", "[1] and [THINK]", ""),
        ("<b>yes</b>", "<b>yes</b>", ""),
        ("  yes", "  yes", ""),
        ("<th", "<th", ""),
        ("", "", ""),
    ],
)
def test_only_a_leading_block_is_thinking(written: str, text: str, reasoning: str) -> None:
    for size in range(1, len(written) + 2):
        splitter = ThinkSplitter()
        pieces = [written[start : start + size] for start in range(0, len(written), size)]
        parts = [*map(splitter.feed, pieces), splitter.finish()]
        assert "".join(part[0] for part in parts) == text
        assert "".join(part[1] for part in parts) == reasoning


CLOSED_ONLY = [
    ("hm\n</think>\n\nyes", "yes", "hm\n"),
    ("hm</think>yes", "yes", "hm"),
    ("hm [/THINK]yes", "yes", "hm "),
    ("</think>yes", "yes", ""),
    ("Write `</think>` there.", "Write `</think>` there.", ""),
    ("```\n</think>\n```", "```\n</think>\n```", ""),
    ('The mark "</think>" ends it.', 'The mark "</think>" ends it.', ""),
    ("The </think> mark ends it.", "The </think> mark ends it.", ""),
    ("a <think>b</think> c", "a <think>b</think> c", ""),
    ("`x` hm\n</think>\nyes `</think>`", "yes `</think>`", "`x` hm\n"),
]


@pytest.mark.parametrize(("written", "text", "reasoning"), CLOSED_ONLY)
def test_a_block_that_only_closes_is_thinking(written: str, text: str, reasoning: str) -> None:
    assert without_think_block(written) == (text, reasoning)


@pytest.mark.parametrize(("written", "text", "reasoning"), CLOSED_ONLY)
def test_a_model_that_only_closes_is_waited_for_however_it_is_cut(
    written: str, text: str, reasoning: str
) -> None:
    for size in range(1, len(written) + 1):
        splitter = ThinkSplitter(waits_for_close=True)
        parts = []
        for start in range(0, len(written), size):
            parts += [splitter.feed(written[start : start + size]), splitter.settle()]
        parts.append(splitter.finish())
        assert "".join(part[0] for part in parts).strip() == text.strip()


def test_an_answer_is_not_held_back_for_longer_than_its_read() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("Hello") == ("", "")
    assert splitter.settle() == ("Hello", "")
    assert splitter.feed(" </think>") == (" </think>", "")


def test_what_is_waited_for_has_a_limit() -> None:
    splitter = ThinkSplitter(waits_for_close=True)
    splitter.feed("a" * HELD_LIMIT)
    assert splitter.settle() == ("a" * HELD_LIMIT, "")


def test_nobody_waits_when_the_server_tells_thinking_apart() -> None:
    splitter = ThinkSplitter(waits_for_close=True)
    splitter.stop_waiting()
    splitter.feed("Hello")
    assert splitter.settle() == ("Hello", "")
