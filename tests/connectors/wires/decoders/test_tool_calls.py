from __future__ import annotations

from typing import Any

import pytest

from connectors.wires.decoders.tool_calls import ToolCallBuilder
from tests.rows import each


def delta(index: Any = 0, call_id: Any = None, name: Any = None, arguments: Any = None) -> Any:
    return {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}


def calls(*deltas: Any) -> list[tuple[str, str, str]]:
    builder = ToolCallBuilder()
    for one in deltas:
        builder.add([one])
    return [(call.id, call.name, call.arguments) for call in builder.calls()]


def test_two_ids_under_one_index_are_two_calls() -> None:
    assert calls(
        delta(0, "a", "f", '{"x":'),
        delta(0, arguments="1}"),
        delta(0, "b", "g", "{"),
        delta(0, arguments="}"),
    ) == [("a", "f", '{"x":1}'), ("b", "g", "{}")]


def test_an_id_that_is_repeated_is_one_call() -> None:
    assert calls(delta(0, "a", "f", '{"x"'), delta(0, "a", "f", ":1}")) == [("a", "f", '{"x":1}')]


def test_another_id_without_a_name_goes_on_with_the_call() -> None:
    assert calls(delta(0, "a", "f", '{"x"'), delta(0, "b", None, ":1}")) == [("a", "f", '{"x":1}')]


def test_whole_calls_without_ids_under_one_index_stay_apart() -> None:
    assert calls(delta(0, "", "f", '{"x":1}'), delta(0, "", "f", '{"x":2}')) == [
        ("", "f", '{"x":1}'),
        ("", "f", '{"x":2}'),
    ]


def test_two_whole_calls_without_index_and_id_are_two() -> None:
    assert calls(delta(None, None, "f", "{}"), delta(None, None, "g", "{}")) == [
        ("", "f", "{}"),
        ("", "g", "{}"),
    ]


@pytest.mark.parametrize("index", ["0", 0.0, 0])
def test_an_index_may_be_written_in_other_ways(index: Any) -> None:
    assert calls(delta(0, "a", "f", "{"), delta(index, arguments="}")) == [("a", "f", "{}")]


@pytest.mark.parametrize("arguments", [{"x": 1}, '{"x":1}'])
def test_arguments_may_be_the_object_itself(arguments: Any) -> None:
    assert calls(delta(0, "a", "f", arguments)) == [("a", "f", '{"x":1}')]


def test_one_call_may_come_without_a_list_and_without_its_function() -> None:
    builder = ToolCallBuilder()
    builder.add({"id": "a", "name": "f", "arguments": "{}"})
    (call,) = builder.calls()
    assert (call.id, call.name, call.arguments) == ("a", "f", "{}")


@pytest.mark.parametrize("odd", [None, {}, [], [None], "x", [5]])
def test_what_is_no_call_is_passed_over(odd: Any) -> None:
    builder = ToolCallBuilder()
    builder.add(odd if odd != {} else [])
    assert builder.calls() == ()


def test_halves_of_a_character_in_arguments_are_joined() -> None:
    assert calls(delta(0, "a", "f", '{"x":"\ud83d'), delta(0, arguments='\ude00"}')) == [
        ("a", "f", '{"x":"😀"}')
    ]


@each(
    "deltas",
    [
        {},
        [{}],
        [None],
        [{"index": 0}],
        [{"index": 0, "function": None}],
        [delta(0, "a", None, '{"x":1}')],
        [delta(0, "", "", "{}")],
        [delta(0, "a", "null", "{}")],
        {"function": {}},
        "f",
    ],
)
def test_what_never_gets_a_name_is_no_call(deltas: Any) -> None:
    builder = ToolCallBuilder()
    builder.add(deltas)
    assert (builder.has_any, builder.calls()) == (False, ())


def test_a_name_may_come_behind_the_id() -> None:
    assert calls(delta(0, "a"), delta(0, None, "f", "{}")) == [("a", "f", "{}")]


def test_the_word_null_is_no_id_but_may_be_a_part_of_one() -> None:
    for given, kept in (("null", ""), ("call_null1", "call_null1")):
        calls = ToolCallBuilder()
        calls.add([{"index": 0, "id": given, "function": {"name": "f"}}])
        assert calls.calls()[0].id == kept


def test_a_call_without_an_id_is_named_once() -> None:
    calls = ToolCallBuilder()
    calls.put(0, None, "f", None)
    calls.put(1, "own", "g", None)
    assert [call.id for call in calls.calls(lambda: "made up")] == ["made up", "own"]
