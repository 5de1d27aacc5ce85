"""What the replies of all wires share: tolerant decoding, tool calls from pieces, the common finish words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeVar

import msgspec

from connectors.shared import ConnectorError, InvalidResponse, ToolCall

T = TypeVar("T")
Refuse = Callable[[object], ConnectorError]  # decoded JSON of an error -> the error

NONSENSE: Final = (msgspec.DecodeError, ValueError, RecursionError)
_FINISH_REASONS: Final = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos_token": "stop",
    "complete": "stop",
    "length": "length",
    "model_length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "pause_turn": "pause",
    "error": "error",
    "abort": "error",
    "timeout": "error",
    "user_cancel": "error",
}
_error_decoder = msgspec.json.Decoder(Any)


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Return the decoded body, with half characters and lone surrogates replaced. Raises one of NONSENSE."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Small local models stream halves of a character; the standard library lets them pass.
        data = json.loads(body.decode("utf-8", "replace"), strict=False)
        return decoder.decode(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def decode_body(provider: str, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Return the decoded body. Raises InvalidResponse."""
    try:
        return decode(decoder, body)
    except NONSENSE as error:
        summary = "the reply is a web page, not JSON; check the address"
        is_page = body.lstrip().startswith(b"<")
        summary = summary if is_page else "the reply is not the JSON that was expected"
        raise InvalidResponse(provider, summary=summary) from error


def error_in(provider: str, body: bytes, refuse: Refuse) -> ConnectorError:
    """Return the error for a successful reply that holds no answer."""
    data = decode_body(provider, _error_decoder, body)
    if isinstance(data, dict) and any(data.get(name) for name in ("error", "message", "detail")):
        return refuse(data)
    return InvalidResponse(provider, summary="the reply holds no answer")


def finish_reason(raw: str | None, *, has_calls: bool) -> str:
    """Return the common word. Calls count whatever the word: vLLM says ``stop`` for a named tool_choice."""
    return "tool_calls" if has_calls else _FINISH_REASONS.get((raw or "").lower(), "stop")


def count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def day(value: str | None) -> date | None:
    """Return the day at the start of an ISO time, or None."""
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None


def vector(provider: str, values: object) -> list[float]:
    """Return one text's vector. Raises InvalidResponse for anything but numbers."""
    if isinstance(values, list) and len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if not isinstance(values, list) or not all(isinstance(value, int | float) for value in values):
        # Servers without pooling give a vector per token.
        raise InvalidResponse(provider, summary="the server gave no single vector per text")
    try:
        return [float(value) for value in values]
    except OverflowError as error:
        raise InvalidResponse(provider, summary="a vector holds no such number") from error


def vectors(provider: str, rows: list[Any], *, texts: int) -> list[list[float]]:
    """Return the vectors. Raises InvalidResponse unless there is one for each text."""
    if len(rows) != texts:
        raise InvalidResponse(provider, summary=f"{len(rows)} vectors came for {texts} texts")
    return [vector(provider, row) for row in rows]


class ToolCallBuilder:
    """Puts tool calls together from deltas: by index, else by id, else onto the one before."""

    __slots__ = ("_calls", "_last")

    def __init__(self) -> None:
        self._calls: dict[object, list[str]] = {}  # id, name, arguments
        self._last: object = None

    @property
    def has_any(self) -> bool:
        return bool(self._calls)

    def add(self, deltas: object) -> None:
        """Take in a list of deltas in the form of chat/completions; anything else is passed over."""
        for delta in deltas if isinstance(deltas, list) else ():
            if isinstance(delta, dict):
                self._add_one(delta)

    def put(self, key: object, call_id: object, name: object, arguments: object) -> None:
        """Add to the call of that key; arguments is the next piece of JSON text, or the object itself."""
        call = self._calls.setdefault(key, ["", "", ""])
        # Set once: llama.cpp repeats id and name in every delta.
        call[0] = call[0] or _id(call_id)
        call[1] = call[1] or string(name)
        if isinstance(arguments, str):
            call[2] += arguments
        elif arguments is not None:
            call[2] += msgspec.json.encode(arguments).decode()

    def calls(self, new_id: Callable[[], str] = str) -> tuple[ToolCall, ...]:
        """Return the calls as they are; ``new_id`` names those that the server gave no id."""
        return tuple(
            ToolCall(id=call_id or new_id(), name=name, arguments=arguments or "{}")
            for call_id, name, arguments in self._calls.values()
        )

    def _add_one(self, delta: dict[str, Any]) -> None:
        index, call_id = delta.get("index"), _id(delta.get("id"))
        key = index if isinstance(index, int) else call_id or self._last
        self._last = key
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        # Mistral may send the arguments as the object itself.
        self.put(key, call_id, function.get("name"), function.get("arguments"))


def _id(value: object) -> str:
    return "" if value == "null" else string(value)  # Mistral writes the word
