"""Tool calls, joined from their deltas."""

import json
import os
from collections.abc import Callable
from typing import Any

import msgspec

from connectors.shared import ToolCall
from connectors.wires.decoders.halves import mended
from connectors.wires.decoders.lenient import index_number, mend_all


class _Call(msgspec.Struct):
    id: str = ""
    name: str = ""
    arguments: str = ""

    @property
    def is_whole(self) -> bool:
        return ToolCall(self.id, self.name, self.arguments).parsed() is not None


class ToolCallBuilder:
    """Joins tool calls from deltas: by index, else by id, else to the last one.

    Another id and name begin a new call, even with a known index: some servers send 0 for all.
    A call that never gets a name is dropped.
    """

    __slots__ = ("_calls", "_last", "_open")

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._open: dict[object, _Call] = {}  # by key, the call that a delta belongs to
        self._last: object = None

    @property
    def has_any(self) -> bool:
        return any(call.name for call in self._calls)

    def add(self, deltas: object) -> None:
        """Add the deltas of chat/completions, a list or a single one; ignore anything else."""
        for delta in deltas if isinstance(deltas, list) else [deltas]:
            if isinstance(delta, dict):
                self._add_one(delta)

    def put(self, key: object, call_id: object, name: object, arguments: object) -> None:
        """Add to the call with that key; arguments is a piece of JSON text or the object."""
        given_id, given_name = _word(call_id), _word(name)
        call = self._open.get(key)
        if call is None or _is_another(call, given_id, given_name, arguments):
            call = self._open[key] = _Call()
            self._calls.append(call)
        # Set once: llama.cpp repeats id and name in every delta.
        call.id = call.id or given_id
        call.name = call.name or given_name
        if isinstance(arguments, str):
            call.arguments += arguments
        elif arguments is not None:
            call.arguments += json.dumps(
                mend_all(arguments), ensure_ascii=False, separators=(",", ":")
            )

    def calls(self, new_id: Callable[[], str] = str) -> tuple[ToolCall, ...]:
        """Return the calls; ``new_id`` makes the ids that the server did not send."""
        return tuple(
            ToolCall(
                id=mended(call.id) or new_id(),
                name=mended(call.name),
                arguments=mended(call.arguments) or "{}",
            )
            for call in self._calls
            if call.name
        )

    def _add_one(self, delta: dict[str, Any]) -> None:
        index, call_id = index_number(delta.get("index")), _word(delta.get("id"))
        key = index if index is not None else call_id or self._last
        self._last = key
        function = delta.get("function")
        function = function if isinstance(function, dict) else delta
        # Mistral may send the arguments as an object.
        self.put(key, call_id, function.get("name"), function.get("arguments"))


def new_call_id() -> str:
    return f"call_{os.urandom(6).hex()}"


def _is_another(call: _Call, call_id: str, name: str, arguments: object) -> bool:
    if not name or not call.name:
        return False
    if call_id and call.id:
        return call_id != call.id
    return name != call.name or (bool(arguments) and call.is_whole)


def _word(value: object) -> str:
    return value if isinstance(value, str) and value != "null" else ""  # Mistral sends the word
