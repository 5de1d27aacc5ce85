from __future__ import annotations

import weakref

from connectors.wires.decoders.thinking import HELD_LIMIT, ThinkSplitter, without_think_block
from tests.rows import each


@each(
    "written, text, reasoning",
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


@each("written, text, reasoning", CLOSED_ONLY)
def test_a_block_that_only_closes_is_thinking(written: str, text: str, reasoning: str) -> None:
    assert without_think_block(written) == (text, reasoning)


@each("written, text, reasoning", CLOSED_ONLY)
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


def told_apart(*reads: str, waits_for_close: bool = False) -> tuple[str, str]:
    """Return (text, reasoning) as a reader has them at the end who takes back what is retracted."""
    splitter = ThinkSplitter(waits_for_close=waits_for_close)
    text = reasoning = ""
    for step in (*reads, None):
        more, thought = splitter.finish() if step is None else splitter.feed(step)
        if splitter.retracts:
            splitter.retracts = False
            text, reasoning = "", reasoning + text
        text, reasoning = text + more, reasoning + thought
        more, thought = ("", "") if step is None else splitter.settle()
        text, reasoning = text + more, reasoning + thought
    return text, reasoning


def test_an_answer_is_not_held_back_for_longer_than_its_read() -> None:
    splitter = ThinkSplitter()
    assert splitter.feed("Hello") == ("", "")
    assert splitter.settle() == ("Hello", "")
    assert splitter.feed(" </think> is") == (" </think> is", "")


THOUGHT, ANSWER = "Is a < b?\nSo [1] it is.", "It is, as `</b>` < 2."
LONE = ["</think>", "</THINK>", "</thinking>", "[/THINK]", "<|END_THINKING|>", "<channel|>"]


@each("close", [*LONE, "<|end|><|start|>assistant<|channel|>final<|message|>"])
@each("around", [("\n", "\n\n"), ("", ""), ("\n\n", " ")])
def test_a_mark_in_a_later_read_makes_thinking_of_all_before_it(
    close: str, around: tuple[str, str]
) -> None:
    written = THOUGHT + around[0] + close + around[1] + ANSWER
    for cut in range(1, len(written)):
        text, reasoning = told_apart(written[:cut], written[cut:])
        assert (text.strip(), reasoning.strip()) == (ANSWER, THOUGHT)
    for size in (1, 2, 3, 7):
        reads = [written[at : at + size] for at in range(0, len(written), size)]
        text, reasoning = told_apart(*reads)
        assert (text.strip(), reasoning.strip()) == (ANSWER, THOUGHT)


@each(
    "answer",
    [
        "Write `</think>` there.",
        "```\nhm\n</think>\n```\nThat is all.",
        "~~~\n</think>\n~~~",
        'The mark "</think>" ends it.',
        "The mark “</think>” ends it.",
        "Models emit </think>. Then they answer.",
        "It ends (</think>) there.",
        "Thinking ends with **</think>** there.",
        "- <think> opens\n- </think> closes",
        "Like this:\n<think>\nhm\n</think>\nyes",
        "| <think> | </think> |",
        "> </think>\nwas quoted",
        "    </think>\nis code",
        "It ends with </think>",
        "[/THINK] closes it.",
        "To end: 'hm</think>'",
        "Goodbye<|end|>",
        "a < b and [1",
    ],
)
def test_a_mark_that_is_talked_about_stays_however_the_answer_is_cut(answer: str) -> None:
    for cut in range(1, len(answer)):
        assert told_apart(answer[:cut], answer[cut:]) == (answer, "")
    for size in (1, 2, 3, 7):
        reads = [answer[at : at + size] for at in range(0, len(answer), size)]
        assert told_apart(*reads) == (answer, "")


@each(
    "written, text",
    [
        ('<think time="3">hm</think>yes', "yes"),
        ("<think>a</think>\n<think>b</think>\nyes", "yes"),
        ("<think>a</think></think>\nyes", "yes"),
        ("<think>a<think>b</think>c</think>yes", "yes"),
        ("analysisWe think.assistantfinalYes", "Yes"),
        ("analysis is hard", "analysis is hard"),
        ("Here is my thought process: hm Here is my response: yes", "yes"),
        ("Here is my thought process: hm", "Here is my thought process: hm"),
        ("<|inner_prefix|>hm<|inner_suffix|>yes", "yes"),
        ("<thinking hard> is fun", "<thinking hard> is fun"),
        ("I mean `<think>` and <think> tags.\n</think>\n\nyes", "yes"),
    ],
)
def test_other_forms_of_thinking(written: str, text: str) -> None:
    for size in range(1, len(written) + 1):
        reads = [written[at : at + size] for at in range(0, len(written), size)]
        assert told_apart(*reads)[0] == text


def test_a_model_that_thinks_first_and_is_cut_off_has_only_thought() -> None:
    splitter = ThinkSplitter(waits_for_close=True)
    assert splitter.feed("Let me see") == ("", "")
    assert splitter.finish(is_cut=True) == ("", "Let me see")


def test_what_is_waited_for_has_a_limit() -> None:
    splitter = ThinkSplitter(waits_for_close=True)
    splitter.feed("a" * HELD_LIMIT)
    assert splitter.settle() == ("a" * HELD_LIMIT, "")


def test_nobody_waits_when_the_server_tells_thinking_apart() -> None:
    splitter = ThinkSplitter(waits_for_close=True)
    splitter.stop_waiting()
    splitter.feed("Hello")
    assert splitter.settle() == ("Hello", "")


class Watched(ThinkSplitter):
    """A splitter that tells whether it is there."""

    __slots__ = ("__weakref__",)


@each("written", ["yes", "<think>hm</think>yes", "hm</think>yes", "<|channel|>analysis"])
def test_nothing_is_left_to_the_garbage_collector(written: str) -> None:
    splitter = Watched()
    left = weakref.ref(splitter)
    splitter.feed(written)
    splitter.settle()
    del splitter
    assert left() is None
