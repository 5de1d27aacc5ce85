from __future__ import annotations

import pytest

from connectors.wires.decoders.forms import BodyDecoder, apart, is_stream
from tests.rows import each

EVENT = b'data: {"a":1}\n\n'
LINES = b'{"a":1}\n{"b":2}\n'
SPREAD = b'{\n  "a": 1,\n  "b": [\n    2\n  ]\n}'


def cut(body: bytes, size: int) -> list[bytes]:
    decoder = BodyDecoder()
    reads = [body[start : start + size] for start in range(0, len(body), size)]
    return [piece for read in reads for piece in decoder.feed(read)] + decoder.finish()


@each("size", [1, 2, 3, 7, 1_000])
@each("before", [b"", b"\xef\xbb\xbf", b" \r\n\n", b"\n\xef\xbb\xbf\n"])
@each(
    "body, pieces",
    [
        (EVENT * 2, [b'{"a":1}'] * 2),
        (b": keep-alive\n\n" + EVENT, [b'{"a":1}']),
        (b"event: x\nid: 1\nretry: 5\n" + EVENT, [b'{"a":1}']),
        (LINES, [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}', [b'{"a":1}']),
        (SPREAD, [SPREAD]),
        (b"<html>\ndata: x\n\n</html>", [b"<html>\ndata: x\n\n</html>"]),
        (b"dat", [b"dat"]),
        (b"Internal Server Error", [b"Internal Server Error"]),
        (b'{"a":1}\n{oops', [b'{"a":1}', b"{oops"]),
        (b"", []),
    ],
)
def test_the_first_bytes_say_how_a_body_is_cut(
    body: bytes, pieces: list[bytes], before: bytes, size: int
) -> None:
    assert [b"".join(piece.split()) for piece in cut(before + body, size)] == [
        b"".join(piece.split()) for piece in pieces
    ]


@each(
    "body, expected",
    [
        (EVENT, True),
        (b"\xef\xbb\xbf\n: comment\n\n" + EVENT, True),
        (LINES, True),
        (b'{"a":1}\n', False),
        (SPREAD, False),
        (b"[1,\n2]", False),
        (b"<html>\n{}\n</html>", False),
        (b"", False),
    ],
)
def test_a_whole_body_may_be_a_stream(body: bytes, expected: bool) -> None:
    assert is_stream(body) is expected


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        (b'{"a":1}\n{"b":2}', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\nping\n[DONE]', [b'{"a":1}', b"ping", b"[DONE]"]),
        (SPREAD, [SPREAD]),
        (b"two\nwords", [b"two\nwords"]),
        (b'{"a":1}', [b'{"a":1}']),
        (b"", [b""]),
    ],
)
def test_events_that_came_as_one_are_taken_apart(data: bytes, pieces: list[bytes]) -> None:
    assert apart(data) == pieces
