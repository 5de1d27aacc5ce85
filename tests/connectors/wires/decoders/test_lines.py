from __future__ import annotations

from connectors.wires.decoders.lines import LineBuffer
from tests.rows import each


def test_a_line_is_returned_by_the_read_that_ends_it() -> None:
    lines = LineBuffer()
    assert lines.feed(b"a\nb") == [b"a"]
    assert lines.feed(b"c") == []
    assert lines.feed(b"\n\nd\n") == [b"bc", b"", b"d"]


@each("position", range(10))
def test_only_the_first_line_loses_a_byte_order_mark(position: int) -> None:
    body = b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n"
    lines = LineBuffer()
    read = lines.feed(body[:position]) + lines.feed(body[position:])
    assert read == [b"a", b"\xef\xbb\xbfb"]
