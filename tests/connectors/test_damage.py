"""Damaged replies give the right result or a ConnectorError, however they are cut."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz.wires import DECODERS, READERS, decoded, said
from connectors import ConnectorError
from tests.connectors.replay import cases, cut

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


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60)
@given(data=st.data(), sizes=st.lists(st.integers(1, 400), max_size=20))
def test_a_damaged_stream_gives_the_same_in_any_cut(
    name: str, data: st.DataObject, sizes: list[int]
) -> None:
    body = data.draw(damaged(VECTORS[name]) | st.binary(max_size=200))
    assert said(name, cut(body, sizes)) == said(name, [body])


@pytest.mark.parametrize("name", DECODERS)
@settings(max_examples=60)
@given(data=st.data())
def test_a_stream_ends_in_a_finish_reason_or_an_error(name: str, data: st.DataObject) -> None:
    chunks, error = decoded(name, [data.draw(damaged(VECTORS[name]))])
    finished = [chunk for chunk in chunks if chunk.finish_reason is not None]
    assert finished == ([chunks[-1]] if error is None else [])


@pytest.mark.parametrize(
    ("name", "reader"), [(name, reader) for name, readers in READERS.items() for reader in readers]
)
@settings(max_examples=30)
@given(data=st.data())
def test_a_damaged_reply_is_read_or_refused(name: str, reader: str, data: st.DataObject) -> None:
    body = data.draw(damaged(VECTORS[name]) | st.binary(max_size=200))
    with suppress(ConnectorError):
        READERS[name][reader](body)


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
