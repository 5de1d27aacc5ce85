"""Tool calls, put together from the pieces in which they come."""

from __future__ import annotations

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


class ToolCallBuilder:
    """Puts tool calls together from deltas: by index, else by id, else onto the one before.

    Another id and name begin another call, also under an index that is taken: some servers give 0 to all. What never gets
    a name is no call.
    """

    __slots__ = ("_calls", "_last", "_open")

    def __init__(self) -> None:
        self._calls: list[_Call] = []
        self._open: dict[object, _Call] = {}  # the call that a piece of this key belongs to
        self._last: object = None

    @property
    def has_any(self) -> bool:
        return any(call.name for call in self._calls)

    def add(self, deltas: object) -> None:
        """Take in deltas in the form of chat/completions, a list or one alone; anything else is passed over."""
        for delta in deltas if isinstance(deltas, list) else [deltas]:
            if isinstance(delta, dict):
                self._add_one(delta)

    def put(self, key: object, call_id: object, name: object, arguments: object) -> None:
        """Add to the call of that key; arguments is the next piece of JSON text, or the object itself."""
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
        """Return the calls as they are; ``new_id`` names those that the server gave no id."""
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
        # Mistral may send the arguments as the object itself.
        self.put(key, call_id, function.get("name"), function.get("arguments"))


def new_call_id() -> str:
    """Return an id for a call that came without one; it is unique, as histories are matched by it."""
    return f"call_{os.urandom(6).hex()}"


def _is_another(call: _Call, call_id: str, name: str, arguments: object) -> bool:
    """Return whether a piece belongs to a call of its own."""
    if not name or not call.name:
        return False
    if call_id and call.id:
        return call_id != call.id
    return name != call.name or (bool(arguments) and _is_whole(call.arguments))


def _is_whole(arguments: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(arguments), dict)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False


def _word(value: object) -> str:
    return value if isinstance(value, str) and value != "null" else ""  # Mistral writes the word
