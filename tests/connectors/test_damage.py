"""Damaged replies to every decoder: the right result or a ConnectorError, the same however they are cut."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Chunk, ConnectorError
from connectors import anthropic_reply as anthropic
from connectors import cohere_reply as cohere
from connectors import ollama_reply as ollama
from connectors import openai_reply as openai
from connectors import tgi_reply as tgi
from connectors.failures import failure, read_refusal, told_by
from connectors.openai_stream import StreamDecoder
from connectors.stream import Decoder
from tests.connectors.replay import cases, cut


def refuse(data: object) -> ConnectorError:
    return failure("x", told_by(data))


DECODERS: dict[str, Callable[[], Decoder]] = {
    "openai": partial(StreamDecoder, "x", refuse, strips_think_block=True),
    "anthropic": partial(anthropic.MessagesDecoder, "x", refuse),
    "ollama": partial(ollama.AnswerDecoder, "x", refuse),
    "huggingface": partial(tgi.TokenDecoder, "x", refuse),
    "cohere": partial(cohere.ChatDecoder, "x", refuse),
}
READERS: dict[str, Callable[[bytes], object]] = {
    "openai chat": lambda body: openai.completion("x", body, refuse),
    "openai models": lambda body: openai.models("x", body, refuse),
    "openai vectors": lambda body: openai.vectors("x", body, refuse, texts=1),
    "anthropic chat": lambda body: anthropic.completion("x", body, refuse),
    "anthropic models": lambda body: anthropic.models_page("x", body, refuse),
    "ollama chat": lambda body: ollama.completion("x", body, refuse),
    "ollama models": lambda body: ollama.models("x", body, refuse),
    "ollama vectors": lambda body: ollama.vectors("x", body, refuse, texts=1),
    "huggingface text": lambda body: tgi.completion("x", body, refuse=refuse),
    "huggingface vectors": lambda body: tgi.features("x", body, refuse, texts=1),
    "cohere chat": lambda body: cohere.completion("x", body, refuse),
    "cohere models": lambda body: cohere.models_page("x", body, refuse),
    "cohere vectors": lambda body: cohere.vectors("x", body, refuse, texts=1),
    "cohere ranking": lambda body: cohere.ranking("x", body, refuse, texts=3),
    "cohere health": cohere.key_is_valid,
    "refusal": lambda body: failure("x", read_refusal(body)),
}
PIECES = [
    b"null",
    b"[]",
    b"{}",
    b'""',
    b"1e999",
    b"-1",
    b"true",
    b'"\\ud83d"',
    b"\xff",
    b"\n\n",
    b"\r",
]
VECTORS = {
    name: [case.body[:4_000] for case in cases() if case.provider == name and case.body]
    for name in ("openai", "anthropic", "ollama", "huggingface", "cohere")
}


@st.composite
def damaged(draw: st.DrawFn, vectors: list[bytes]) -> bytes:
    body = bytearray(draw(st.sampled_from(vectors)))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 20))
        body[start : start + length] = draw(st.sampled_from(PIECES) | st.binary(max_size=20))
    return bytes(body)


def decoded(name: str, reads: list[bytes]) -> tuple[list[Chunk], ConnectorError | None]:
    decoder = DECODERS[name]()
    chunks = [chunk for read in reads for chunk in decoder.feed(read)] + decoder.finish()
    return chunks, decoder.error


def said(name: str, reads: list[bytes]) -> list[object]:
    """Return all that came of a stream but the ids made up for calls."""
    chunks, error = decoded(name, reads)
    calls = [
        (chunk.tool_call.name, chunk.tool_call.arguments) for chunk in chunks if chunk.tool_call
    ]
    last = chunks[-1] if chunks and error is None else None
    return [
        "".join(chunk.text for chunk in chunks),
        "".join(chunk.reasoning for chunk in chunks),
        calls,
        last and (last.finish_reason, last.finish_raw, last.usage),
        error and (error.reason, error.detail),
    ]


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data(), sizes=st.lists(st.integers(1, 400), max_size=20))
def test_a_damaged_stream_gives_the_same_in_any_cut(
    name: str, data: st.DataObject, sizes: list[int]
) -> None:
    body = data.draw(damaged(VECTORS[name]) | st.binary(max_size=200))
    assert said(name, cut(body, sizes)) == said(name, [body])


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_stream_ends_in_a_finish_reason_or_an_error(name: str, data: st.DataObject) -> None:
    chunks, error = decoded(name, [data.draw(damaged(VECTORS[name]))])
    finished = [chunk for chunk in chunks if chunk.finish_reason is not None]
    assert finished == ([chunks[-1]] if error is None else [])


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_reply_is_read_or_refused(name: str, data: st.DataObject) -> None:
    vectors = VECTORS.get(name.split()[0], VECTORS["openai"])
    body = data.draw(damaged(vectors) | st.binary(max_size=200))
    with suppress(ConnectorError):
        READERS[name](body)


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"a":' * 100_000], ids=["lists", "objects"])
def test_bottomless_nesting_is_an_error(name: str, deep: bytes) -> None:
    for body in (b"data: " + deep + b"\n\n", deep + b"\n"):
        assert decoded(name, [body])[1] is not None


@pytest.mark.parametrize("name", DECODERS)
def test_a_line_without_end_costs_no_more_than_its_bytes(name: str) -> None:
    decoder = DECODERS[name]()
    read = b"x" * 65_536
    tracemalloc.start()
    for _ in range(64):
        decoder.feed(bytes(read))
    decoder.finish()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4 * 64 * len(read)
