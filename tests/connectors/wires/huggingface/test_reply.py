from __future__ import annotations

import pytest

from connectors import InvalidResponse
from connectors.wires.huggingface.reply import TokenDecoder, completion, features
from tests.connectors.replay import event, refuse


def test_one_text_may_get_a_flat_vector() -> None:
    assert features("huggingface", b"[1,2]", refuse, texts=1) == [[1.0, 2.0]]


@pytest.mark.parametrize("body", [b"[[[1],[2]]]", b"[]", b"{}", b'["x"]', b"[null]", b"[[1],[2]]"])
def test_unusable_vectors_are_an_invalid_response(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        features("huggingface", body, refuse, texts=1)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"[{}]", b"null", b'{"generated_text":null}'])
def test_a_text_that_is_none_is_an_invalid_response(body: bytes) -> None:
    with pytest.raises(InvalidResponse):
        completion("huggingface", body, refuse)


def test_an_error_in_a_stream_of_tokens_keeps_the_text() -> None:
    decoder = TokenDecoder("huggingface", refuse)
    chunks = decoder.feed(
        event(token={"text": "a"}) + event(token={"text": "<s>", "special": True})
    )
    chunks += decoder.feed(event(error="Model is overloaded", error_type="overloaded"))
    chunks += decoder.finish()
    assert [chunk.text for chunk in chunks] == ["a"]
    assert decoder.error is not None
    assert decoder.error.reason == "overloaded"
