from __future__ import annotations

import time

import pytest

from connectors.wires.decoders.halves import Joiner, decode_marked, mended
from tests.rows import each


def joined(pieces: list[str]) -> str:
    joiner = Joiner()
    return "".join([joiner.feed(piece) for piece in pieces]) + joiner.finish()


@pytest.mark.parametrize("text", ["😀", "a😀b", "💀", "é", "日本", "\U0001f469\u200d\U0001f680"])
def test_bytes_that_come_apart_are_joined(text: str) -> None:
    raw = text.encode()
    for position in range(1, len(raw)):
        pieces = [decode_marked(raw[:position]), decode_marked(raw[position:])]
        assert joined(pieces) == text


@each(
    "pieces, text",
    [
        (["\ud83d", "\ude00"], "😀"),
        (["a\ud83d", "\ude00b"], "a😀b"),
        (["\ud83d", "", "\ude00"], "😀"),
        (["\ud83d\udc80"], "💀"),
        (["\ud83d", "\udc80"], "💀"),
        (["\ud83d", "a"], "\ufffda"),
        (["\ude00"], "\ufffd"),
        (["a\ud83d"], "a\ufffd"),
        (["plain", " text"], "plain text"),
    ],
)
def test_surrogates_that_meet_are_one_character(pieces: list[str], text: str) -> None:
    assert joined(pieces) == text


def test_a_byte_that_belongs_to_nothing_is_replaced() -> None:
    assert mended(decode_marked(b"a\xffb")) == "a\ufffdb"


def test_many_bytes_that_are_no_text_take_no_long_time() -> None:
    began = time.process_time()
    assert joined([decode_marked(b"\x80" * 200_000 + b"a")]) == "\ufffd" * 200_000 + "a"
    assert time.process_time() - began < 2  # looking for their end at each of them takes minutes
