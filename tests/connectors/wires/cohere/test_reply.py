from __future__ import annotations

import msgspec
import pytest

from connectors import (
    InvalidResponse,
    Usage,
)
from connectors.wires.cohere.reply import ChatDecoder, ranking, usage_from, vectors
from tests.connectors.replay import event, refuse


@pytest.mark.parametrize("index", [-1, 2])
def test_a_place_of_no_text_is_an_invalid_response(index: int) -> None:
    answer = msgspec.json.encode({"results": [{"index": index, "relevance_score": 1}]})
    with pytest.raises(InvalidResponse):
        ranking("cohere", answer, refuse, texts=2)


@pytest.mark.parametrize("rows", [[], [[1.0]], ["x", "y"]], ids=["none", "too few", "no numbers"])
def test_unusable_vectors_are_an_invalid_response(rows: object) -> None:
    answer = msgspec.json.encode({"embeddings": {"float": rows}})
    with pytest.raises(InvalidResponse):
        vectors("cohere", answer, refuse, texts=2)


def test_charged_units_stand_in_for_tokens_that_are_not_told() -> None:
    assert usage_from({"billed_units": {"input_tokens": 5.0, "output_tokens": 4.5}}) == Usage(5)
    assert usage_from(None) is None


def test_calls_are_told_apart_by_their_index() -> None:
    decoder = ChatDecoder("cohere", refuse)
    for index, name in enumerate("fg"):
        call = {"id": name, "function": {"name": name, "arguments": "{"}}
        decoder.feed(
            event(type="tool-call-start", index=index, delta={"message": {"tool_calls": call}})
        )
    for index in (1, 0):
        call = {"function": {"arguments": "}"}}
        decoder.feed(
            event(type="tool-call-delta", index=index, delta={"message": {"tool_calls": call}})
        )
    decoder.feed(event(type="message-end", delta={"finish_reason": "TOOL_CALL"}))
    calls = [chunk.tool_call for chunk in decoder.finish() if chunk.tool_call]
    assert [(call.name, call.arguments) for call in calls] == [("f", "{}"), ("g", "{}")]


def test_citations_and_unknown_events_are_passed_over() -> None:
    decoder = ChatDecoder("cohere", refuse)
    decoder.feed(event(type="citation-start", delta={"message": {"citations": {"start": 1}}}))
    decoder.feed(event(type="future", delta="x", index=1))
    assert decoder.error is None
