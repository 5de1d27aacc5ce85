from __future__ import annotations

import pytest

from connectors.reply import ToolCallBuilder, day, finish_reason


@pytest.mark.parametrize(
    ("raw", "common"),
    [
        ("stop_sequence", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("COMPLETE", "stop"),
        ("MAX_TOKENS", "length"),
        ("model_context_window_exceeded", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("refusal", "content_filter"),
        ("pause_turn", "pause"),
        ("TIMEOUT", "error"),
        ("a new word", "stop"),
        (None, "stop"),
    ],
)
def test_every_providers_word_has_a_common_one(raw: str | None, common: str) -> None:
    assert finish_reason(raw, has_calls=False) == common
    assert finish_reason(raw, has_calls=True) == "tool_calls"


def test_the_word_null_is_no_id_but_may_be_a_part_of_one() -> None:
    for given, kept in (("null", ""), ("call_null1", "call_null1")):
        calls = ToolCallBuilder()
        calls.add([{"index": 0, "id": given, "function": {"name": "f"}}])
        assert calls.calls()[0].id == kept


def test_a_call_without_an_id_is_named_once() -> None:
    calls = ToolCallBuilder()
    calls.put(0, None, "f", None)
    calls.put(1, "own", "g", None)
    assert [call.id for call in calls.calls(lambda: "made up")] == ["made up", "own"]


def test_a_day_that_is_none_is_none() -> None:
    assert (day("2026-13-01"), day(None)) == (None, None)
