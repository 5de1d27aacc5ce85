from __future__ import annotations

import pytest

from connectors.wires.finish_reasons import finish_reason
from tests.rows import each


@each(
    "raw, common",
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
