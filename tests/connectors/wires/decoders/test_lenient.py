from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connectors.wires.decoders.lenient import convert, is_cut, loads, mend_all, whole_number
from tests.rows import each


class Part(msgspec.Struct):
    name: str
    size: int | None = None


class Whole(msgspec.Struct):
    text: str | None = None
    model: str | None = None
    index: int | None = None
    score: float = 0.0
    is_done: bool = False
    parts: list[Part] | None = None
    words: list[str] | None = None
    part: Part | None = None
    free: Any = None


@each(
    "field, value, read",
    [
        ("model", 5, "5"),
        ("model", False, None),
        ("model", ["x"], None),
        ("text", 42, "42"),
        ("text", ["a", {"text": "b"}], "ab"),
        ("text", {"text": "a"}, "a"),
        ("index", "1", 1),
        ("index", 1.0, 1),
        ("index", 1.5, None),
        ("index", "one", None),
        ("score", "0.5", 0.5),
        ("score", None, 0.0),
        ("is_done", "yes", False),
        ("parts", None, None),
        ("parts", {"name": "a"}, [Part("a")]),
        ("parts", [{"name": "a"}, None, {}, {"name": "b", "size": "x"}], [Part("a"), Part("b")]),
        ("parts", "none", None),
        ("words", ["a", None, "b"], ["a", "b"]),
        ("part", [], None),
        ("part", {"name": "a", "size": 2.0}, Part("a", 2)),
        ("free", [1], [1]),
    ],
)
def test_what_does_not_fit_is_lost_alone(field: str, value: Any, read: Any) -> None:
    whole = convert(
        {field: value, "unknown": {}, "model" if field != "model" else "text": "m"}, Whole
    )
    assert getattr(whole, field) == read
    assert (whole.model if field != "model" else whole.text) == "m"


@pytest.mark.parametrize("data", [[], "x", 5, None, True])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        convert(data, Whole)


def test_an_entry_without_what_it_needs_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        convert({"size": 1}, Part)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
def test_a_number_that_is_none_loses_its_field(number: str) -> None:
    read = convert(loads(f'{{"text":"a","score":{number},"index":{number}}}'.encode()), Whole)
    assert (read.text, read.score, read.index) == ("a", 0.0, None)


def test_a_byte_order_mark_is_no_part_of_json() -> None:
    assert loads(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_no_string_keeps_a_half_of_a_character() -> None:
    data = loads(rb'{"\ud83d":["\ud83d",{"a":"\ud83d\ude00"}],"b":"' + b'\xff"}')
    assert mend_all(data) == {"\ufffd": ["\ufffd", {"a": "😀"}], "b": "\ufffd"}


@pytest.mark.parametrize(
    ("value", "count"), [(5, 5), (5.0, 5), (5.5, None), (True, None), ("5", None), (None, None)]
)
def test_a_count_may_be_written_as_a_float(value: object, count: int | None) -> None:
    assert whole_number(value) == count


@pytest.mark.parametrize(
    ("body", "cut"),
    [
        (b'{"a":', True),
        (b"[1", True),
        (b'{"a":"b', True),
        (b"{oops", False),
        (b"{'a': 1}", False),
        (b'{"a":1}', False),
        (b'{"a":1}}', False),
    ],
)
def test_a_beginning_of_json_is_told_from_nonsense(body: bytes, cut: bool) -> None:
    assert is_cut(body) is cut
