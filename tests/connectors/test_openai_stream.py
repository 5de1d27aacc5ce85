"""Bends of running servers that no recorded shape shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import Chunk, ConnectorError, InvalidResponse, Usage
from connectors.failures import failure, told_by
from connectors.openai_reply import completion, vectors
from connectors.openai_stream import StreamDecoder


def refuse(data: object) -> ConnectorError:
    return failure("vllm", told_by(data))


def decoded(reads: list[bytes]) -> tuple[list[Chunk], ConnectorError | None]:
    decoder = StreamDecoder("vllm", refuse, strips_think_block=True)
    chunks = [chunk for read in reads for chunk in decoder.feed(read)] + decoder.finish()
    return chunks, decoder.error


def event(**choice: Any) -> bytes:
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


DONE = b"data: [DONE]\n\n"


def test_an_empty_stream_is_truncated() -> None:
    _, error = decoded([])
    assert isinstance(error, InvalidResponse)
    assert error.reason == "truncated"


def test_done_with_no_answer_is_truncated() -> None:
    assert decoded([DONE])[1] is not None


def test_done_ends_an_answer_without_a_finish_reason() -> None:
    chunks, error = decoded([event(delta={"content": "hi"}) + DONE])
    assert error is None
    assert (text_of(chunks), chunks[-1].finish_reason, chunks[-1].finish_raw) == (
        "hi",
        "stop",
        None,
    )


def test_nothing_after_done_is_read() -> None:
    chunks, _ = decoded([event(delta={"content": "a"}) + DONE + event(delta={"content": "b"})])
    assert text_of(chunks) == "a"


def test_a_later_chunk_does_not_overwrite_the_finish_reason() -> None:
    chunks, _ = decoded(
        [event(delta={"content": "a"}, finish_reason="length"), event(delta={}), DONE]
    )
    assert chunks[-1].finish_reason == "length"


def test_an_unknown_finish_word_is_an_error_that_keeps_its_word() -> None:
    chunks, _ = decoded([event(delta={"content": "a"}, finish_reason="whatever")])
    assert (chunks[-1].finish_reason, chunks[-1].finish_raw) == ("error", "whatever")


def test_any_tool_call_means_tool_calls() -> None:
    call = {"index": 0, "id": "1", "function": {"name": "f"}}
    chunks, _ = decoded([event(delta={"tool_calls": [call]}, finish_reason="stop"), DONE])
    assert chunks[-1].finish_reason == "tool_calls"
    assert chunks[0].tool_call is not None
    assert chunks[0].tool_call.parsed() == {}


def test_repeated_ids_and_names_are_set_once() -> None:
    deltas = [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}},
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": ":1}"}},
    ]
    chunks, _ = decoded([event(delta={"tool_calls": [delta]}) for delta in deltas] + [DONE])
    assert chunks[0].tool_call is not None
    assert (chunks[0].tool_call.id, chunks[0].tool_call.name) == ("a", "f")
    assert chunks[0].tool_call.parsed() == {"x": 1}


def test_calls_without_an_index_go_by_id_and_then_by_the_one_before() -> None:
    deltas = [
        {"id": "a", "function": {"name": "f", "arguments": "{"}},
        {"function": {"arguments": "}"}},
        {"id": "b", "function": {"name": "g"}},
    ]
    chunks, _ = decoded([event(delta={"tool_calls": deltas}), DONE])
    calls = [chunk.tool_call for chunk in chunks if chunk.tool_call]
    assert [(call.id, call.arguments) for call in calls] == [("a", "{}"), ("b", "{}")]


def test_an_error_keeps_the_text_before_it_in_the_same_read() -> None:
    chunks, error = decoded(
        [event(delta={"content": "a"}) + b'data: {"error":{"message":"lost"}}\n\n' + DONE]
    )
    assert text_of(chunks) == "a"
    assert error is not None
    assert error.detail == "lost"


def test_an_old_error_shape_is_an_error() -> None:
    _, error = decoded(
        [b'data: {"object":"error","message":"The model `x` does not exist.","code":404}\n\n']
    )
    assert error is not None
    assert error.reason == "not_found"


def test_an_event_that_is_no_json_is_an_invalid_response() -> None:
    _, error = decoded([event(delta={"content": "a"}), b"data: {oops\n\n", DONE])
    assert isinstance(error, InvalidResponse)
    assert error.reason == "server"


def test_an_event_cut_in_two_by_the_end_is_truncated() -> None:
    chunks, error = decoded([event(delta={"content": "a"}), b'data: {"choices":[{"del'])
    assert text_of(chunks) == "a"
    assert error is not None
    assert error.reason == "truncated"


@pytest.mark.parametrize(
    "raw",
    [
        b'data: {"choices":[{"delta":{"content":"\xff"}}]}',
        rb'data: {"choices":[{"delta":{"content":"\ud83d"}}]}',
    ],
    ids=["half a character", "a lone surrogate"],
)
def test_half_a_character_is_replaced(raw: bytes) -> None:
    chunks, error = decoded([raw + b"\n\n" + DONE])
    assert error is None
    assert text_of(chunks) in ("\ufffd", "?")


def test_usage_of_an_unknown_form_is_no_usage() -> None:
    reply = b'{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":"5","completion_tokens":2}}'
    assert completion("vllm", reply, refuse).usage == Usage(output_tokens=2)


def test_a_whole_reply_loses_its_think_block() -> None:
    reply = b'{"choices":[{"message":{"content":"<think>hm</think>\\n\\nyes"}}]}'
    answer = completion("vllm", reply, refuse, strips_think_block=True)
    assert (answer.text, answer.reasoning) == ("yes", "hm")


def test_vectors_come_in_the_order_of_their_texts() -> None:
    body = b'{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}'
    assert vectors("vllm", body, refuse, texts=2) == [[1.0], [2.0]]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[]}',
        b'{"data":[{"embedding":[[1],[2]]}]}',
        b'{"data":[{"embedding":"AAA"}]}',
        b'{"data":[{"embedding":"AAAA"}]}',
        b"[]",
        b"",
    ],
    ids=["too few", "a vector per token", "bad base64", "no float32", "no object", "nothing"],
)
def test_unusable_vectors_are_an_invalid_response(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        vectors("vllm", body, refuse, texts=1)
