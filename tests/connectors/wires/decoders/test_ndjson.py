from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.wires.decoders.ndjson import NDJSONDecoder
from tests.connectors.replay import cut


def lines(reads: list[bytes]) -> list[bytes]:
    decoder = NDJSONDecoder()
    return [line for read in reads for line in decoder.feed(read)] + decoder.finish()


def test_lines_end_at_lf_and_crlf_and_empty_ones_are_nothing() -> None:
    assert lines([b"a\r\nb\n\n \r\nc"]) == [b"a", b"b", b"c"]


def test_a_separator_that_is_legal_inside_json_ends_no_line() -> None:
    line = '"a\u2028b\u0085c\rd"'.encode()
    assert lines([line + b"\n"]) == [line]


def test_a_byte_order_mark_is_dropped_wherever_it_is_cut() -> None:
    assert lines([b"\xef", b"\xbb\xbf{", b"}\n"]) == [b"{}"]


@given(
    body=st.lists(st.sampled_from([b"a", b"{}", b"\n", b"\r\n", b" ", b"\xef\xbb\xbf"])).map(
        b"".join
    )
)
def test_the_cut_makes_no_difference(body: bytes) -> None:
    assert lines(cut(body, [1] * len(body))) == lines([body])
