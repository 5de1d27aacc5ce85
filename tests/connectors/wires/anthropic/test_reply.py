from __future__ import annotations

from typing import Any

import pytest

from connectors.wires.anthropic.reply import MessagesDecoder, completion, usage_from
from tests.connectors.replay import event, refuse


def test_counts_that_are_not_told_are_none() -> None:
    usage = usage_from({"output_tokens": 3})
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (None, 3, None)
    assert usage_from("?") is None


def test_later_counts_replace_earlier_ones_and_leave_the_rest() -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    start = {"usage": {"input_tokens": 5, "output_tokens": 1}}
    decoder.feed(event(type="message_start", message=start))
    decoder.feed(event(type="message_delta", delta={}, usage={"output_tokens": 7}))
    delta = {"stop_reason": "end_turn"}
    decoder.feed(event(type="message_delta", delta=delta, usage={"output_tokens": 9}))
    usage = decoder.finish()[-1].usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (5, 9)


def test_an_event_of_the_future_is_passed_over_whatever_its_fields() -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    decoder.feed(event(type="content_block_future", delta="text", index="one"))
    assert decoder.error is None


def test_a_known_event_of_a_wrong_form_is_an_error() -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    decoder.feed(event(type="content_block_delta", delta="text"))
    assert decoder.error is not None


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "vendor_event", "content": 7},
        {"type": "vendor_event", "content": []},
        {"type": "message_start", "message": {"model": 5, "usage": []}},
        {
            "type": "content_block_start",
            "index": "0",
            "content_block": {"type": "text", "text": None},
        },
        {
            "type": "content_block_delta",
            "index": None,
            "delta": {"type": "text_delta", "text": None},
        },
        {"type": "message_delta", "delta": {"stop_reason": None}, "usage": "none"},
    ],
)
def test_an_odd_event_loses_nothing_but_itself(odd: dict[str, Any]) -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    delta = {"type": "text_delta", "text": "a"}
    chunks = decoder.feed(
        event(**odd)
        + event(type="content_block_delta", index=0, delta=delta)
        + event(**odd)
        + event(type="message_stop")
    )
    chunks += decoder.finish()
    assert ("".join(chunk.text for chunk in chunks), decoder.error) == ("a", None)


def test_two_calls_of_one_block_index_stay_apart() -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    for name in ("f", "g"):
        block: dict[str, Any] = {"type": "tool_use", "id": f"id-{name}", "name": name, "input": {}}
        decoder.feed(event(type="content_block_start", index=0, content_block=block))
        delta = {"type": "input_json_delta", "partial_json": f'{{"{name}":1}}'}
        decoder.feed(event(type="content_block_delta", index=0, delta=delta))
    decoder.feed(event(type="message_stop"))
    calls = [chunk.tool_call for chunk in decoder.finish() if chunk.tool_call]
    assert [(call.name, call.arguments) for call in calls] == [("f", '{"f":1}'), ("g", '{"g":1}')]


def test_the_input_of_the_servers_own_tools_is_no_call() -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    block = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    decoder.feed(event(type="content_block_start", index=0, content_block=block))
    delta = {"type": "input_json_delta", "partial_json": "{}"}
    decoder.feed(event(type="content_block_delta", index=0, delta=delta))
    decoder.feed(event(type="message_delta", delta={"stop_reason": "pause_turn"}))
    (last,) = decoder.finish()
    assert last.finish_reason == "pause"


def test_a_call_may_bring_its_whole_input_at_the_start() -> None:
    decoder = MessagesDecoder("anthropic", refuse)
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}}
    decoder.feed(event(type="content_block_start", index=0, content_block=block))
    decoder.feed(event(type="message_stop"))
    call = decoder.finish()[0].tool_call
    assert call is not None
    assert call.parsed() == {"x": 1}


def test_an_answer_without_content_is_an_answer() -> None:
    answer = completion("anthropic", b'{"content":[],"stop_reason":"refusal"}', refuse)
    assert (answer.text, answer.finish_reason) == ("", "content_filter")
