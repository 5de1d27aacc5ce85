from __future__ import annotations

import pytest

from connectors.shared import InvalidResponse
from connectors.wires.reply import ToolCallBuilder, day, finish_reason, is_cut, vector


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
        ("ERROR_LIMIT", "length"),
        ("max_output_tokens", "length"),
        ("max-tokens", "length"),
        ("FINISH_REASON_MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("content-filter", "content_filter"),
        ("sensitive", "content_filter"),
        ("guardrail_intervened", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("toolUse", "tool_calls"),
        ("insufficient_system_resource", "error"),
        ("network_error", "error"),
        ("repetition_truncation", "error"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("load", "error"),
        ("a new word", "error"),
        ("null", "stop"),
        ("", "stop"),
        (None, "stop"),
    ],
)
def test_every_providers_word_has_a_common_one(raw: str | None, common: str) -> None:
    assert finish_reason(raw, has_calls=False) == common


@pytest.mark.parametrize(
    ("raw", "common"),
    [
        ("stop", "tool_calls"),
        ("tool_calls", "tool_calls"),
        (None, "tool_calls"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("content_filter", "content_filter"),
        ("abort", "error"),
    ],
)
def test_calls_count_unless_they_were_cut(raw: str | None, common: str) -> None:
    assert finish_reason(raw, has_calls=True) == common


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


@pytest.mark.parametrize("values", [[], [[]], [True, 0.5], [None], "1", {"0": 1.0}, [[1.0], [2.0]]])
def test_what_is_no_list_of_numbers_is_no_vector(values: object) -> None:
    with pytest.raises(InvalidResponse):
        vector("x", values)


@pytest.mark.parametrize(
    ("body", "cut"),
    [
        (b'{"a":', True),
        (b"[1", True),
        (b'{"a":"b', True),
        (b"{oops", False),
        (b"{'a': 1}", False),
        (b'{"a":1}', False),
        (b'{"a":1}}', False),
    ],
)
def test_a_beginning_of_json_is_told_from_nonsense(body: bytes, cut: bool) -> None:
    assert is_cut(body) is cut
