"""Bends of running servers that no recorded shape shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors import Chunk, ConnectorError, InvalidResponse, UnmarkedEnd
from connectors.wires.error_body import parse_error_json
from connectors.wires.failures import failure
from connectors.wires.openai.stream import StreamDecoder
from tests.rows import each


def refuse(data: object) -> ConnectorError:
    return failure("vllm", parse_error_json(data))


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


def test_what_follows_nonsense_is_read_before_it_is_reported() -> None:
    chunks, error = decoded(
        [event(delta={"content": "a"}), b"data: {oops\n\n", event(delta={"content": "b"}), DONE]
    )
    assert text_of(chunks) == "ab"
    assert isinstance(error, InvalidResponse)


@each(
    "odd",
    [
        b'{"choices":[{',
        b'{"choices":[{"delta":{"content":"lo',
        b"{",
        b"[",
        b"[HEARTBEAT]",
        b"[object Object]",
        b"ping",
        b"null",
        b"NaN",
        b'{"choices":[{"delta":{"tool_calls":{}}}]}',
        b'{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":null}}]}}]}',
    ],
)
@each("place", [0, 1, 2])
def test_an_entry_that_cannot_be_read_is_lost_and_nothing_else(odd: bytes, place: int) -> None:
    reads = [event(delta={"content": "a"}), event(delta={"content": "b"}, finish_reason="stop")]
    reads.insert(place, b"data: " + odd + b"\n\n")
    chunks, error = decoded([*reads, DONE])
    assert (text_of(chunks), chunks[-1].finish_reason, error) == ("ab", "stop", None)
    assert not any(chunk.tool_call for chunk in chunks)


@pytest.mark.parametrize("end", [b"data: [DONE]\n", b"data: [DONE]\n\n", b""])
def test_events_without_the_blank_lines_between_them_are_read(end: bytes) -> None:
    first, last = event(delta={"content": "a"}), event(delta={"content": "b"}, finish_reason="stop")
    chunks, error = decoded([first[:-1], b"data: ping\n", last[:-1], end])
    assert (text_of(chunks), chunks[-1].finish_reason, error) == ("ab", "stop", None)


def test_a_list_of_errors_in_a_line_of_its_own_is_an_error() -> None:
    line = b'[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]\n'
    chunks, error = decoded([event(delta={"content": "a"}), line])
    assert text_of(chunks) == "a"
    assert error is not None
    assert error.reason == "rate_limit"


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


def test_a_clean_end_without_a_mark_is_known_from_a_broken_one() -> None:
    assert isinstance(decoded([event(delta={"content": "a"})])[1], UnmarkedEnd)
    assert not isinstance(decoded([event(delta={"role": "assistant"})])[1], UnmarkedEnd)
    assert not isinstance(decoded([event(delta={"content": "a"}), b"data: {"])[1], UnmarkedEnd)


def test_the_finish_word_of_gemini_ends_an_answer() -> None:
    chunks, error = decoded(
        [event(delta={"content": "a"}, finish_reason=None, finishReason="STOP")]
    )
    assert error is None
    assert chunks[-1].finish_reason == "stop"


def test_a_call_cut_by_the_length_limit_is_reported_as_cut() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":'}}
    chunks, _ = decoded([event(delta={"tool_calls": [call]}, finish_reason="length"), DONE])
    assert chunks[-1].finish_reason == "length"


def test_another_choice_is_never_mixed_in() -> None:
    choices = [
        {"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"},
        {"index": 0, "delta": {"content": "first"}},
    ]
    reads = [event(**choice) for choice in choices]
    both = b"data: " + json.dumps({"choices": choices}).encode() + b"\n\n"
    for stream in ([*reads, DONE], [*reversed(reads), DONE], [both, DONE]):
        chunks, error = decoded(stream)
        assert (text_of(chunks), error) == ("first", None)


def test_an_only_choice_may_have_any_index() -> None:
    chunks, error = decoded([event(index=1, delta={"content": word}) for word in "ab"] + [DONE])
    assert (text_of(chunks), error) == ("ab", None)


@pytest.mark.parametrize(
    "pieces",
    [
        (rb"\ud83d", rb"\ude00"),
        (b"\xf0\x9f", b"\x98\x80"),
        (b"\xf0", b"\x9f\x98\x80"),
    ],
)
@pytest.mark.parametrize("key", ["content", "reasoning"])
def test_an_emoji_in_two_chunks_is_one(pieces: tuple[bytes, bytes], key: str) -> None:
    reads = [
        b'data: {"choices":[{"delta":{"%s":"%s"}}]}\n\n' % (key.encode(), piece) for piece in pieces
    ]
    chunks, error = decoded([*reads, DONE])
    assert error is None
    assert "".join(chunk.text + chunk.reasoning for chunk in chunks) == "😀"


@each(
    "odd",
    [
        b"data: ping\n\n",
        b"data: 5\n\n",
        b"data: []\n\n",
        b"data: null\n\n",
        b'event: ping\ndata: {"type":"ping"}\n\n',
        b'data: {"choices":[{"delta":{"refusal":false}}]}\n\n',
        b'data: {"choices":[{"delta":{"tool_calls":{}}}]}\n\n',
        b'data: {"choices":[null]}\n\n',
        b'data: {"model":5,"created":"now",'
        b'"choices":[{"logprobs":NaN,"delta":{"content":""}}]}\n\n',
        b'data: {"choices":[],"usage":[]}\n\n',
    ],
)
def test_an_odd_event_loses_nothing_but_itself(odd: bytes) -> None:
    end = event(delta={"content": "b"}, finish_reason="stop")
    chunks, error = decoded([odd, event(delta={"content": "a"}), odd, end, DONE])
    assert (text_of(chunks), error) == ("ab", None)


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"detail":"lost"}\n\n',
        b'data: {"message":"lost","code":500}\n\n',
        b'data: {"type":"error","message":"lost"}\n\n',
        b"event: error\ndata: lost\n\n",
        b'{"error":{"message":"lost"}}\n\n',
        b'data: [{"error":{"message":"lost"}}]\n\n',
    ],
)
def test_an_error_in_words_of_its_own_keeps_its_text(body: bytes) -> None:
    chunks, error = decoded([event(delta={"content": "a"}) + body])
    assert text_of(chunks) == "a"
    assert error is not None
    assert error.detail == "lost"


def test_events_without_blank_lines_between_them_are_read() -> None:
    reads = [event(delta={"content": word}).removesuffix(b"\n") for word in "ab"]
    chunks, error = decoded([*reads, b"\n", DONE])
    assert (text_of(chunks), error) == ("ab", None)
