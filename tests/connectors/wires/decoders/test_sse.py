from __future__ import annotations

import time

from connectors.wires.decoders.sse import SSEDecoder
from tests.rows import each


def events(reads: list[bytes]) -> list[bytes]:
    decoder = SSEDecoder()
    return [event for read in reads for event in decoder.feed(read)] + decoder.finish()


@each(
    "stream, expected",
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data:a\n\n", [b"a"]),
        (b"data:  a\n\n", [b" a"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b": comment\n\nevent: x\nid: 1\nretry: 5\ndata: a\n\n", [b"a"]),
        (b"data\n\ndata:\n\n", []),
        (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
        ("data: \u2028\u2029\u0085\n\n".encode(), ["\u2028\u2029\u0085".encode()]),
        (b"database: a\n\n", []),
        (b"data: a", [b"a"]),
        (b"", []),
    ],
)
@each("end", [b"\n", b"\r\n", b"\r"])
def test_events_are_the_same_however_they_are_cut(
    stream: bytes, expected: list[bytes], end: bytes
) -> None:
    stream = stream.replace(b"\n", end)
    for position in range(len(stream) + 1):
        assert events([stream[:position], stream[position:]]) == expected
    assert events([bytes((byte,)) for byte in stream]) == expected


def test_line_ends_may_be_mixed() -> None:
    stream = b"data: a\n\r\ndata: b\r\n\ndata: c\r\r\n"
    for position in range(len(stream) + 1):
        assert events([stream[:position], stream[position:]]) == [b"a", b"b", b"c"]


def test_a_long_line_in_many_reads_is_joined_once() -> None:
    piece = b"x" * 1_000
    began = time.process_time()
    (event,) = events([b"data: ", *[piece] * 20_000, b"\n\n"])
    assert len(event) == 20_000_000
    assert time.process_time() - began < 2  # copying the line at each read takes minutes


def test_many_lines_of_data_in_one_event_are_joined_once() -> None:
    began = time.process_time()
    (event,) = events([b"data: abcdefgh\n" * 300_000 + b"\n"])
    assert len(event) == 9 * 300_000 - 1
    assert time.process_time() - began < 2  # copying the event at each line takes minutes
