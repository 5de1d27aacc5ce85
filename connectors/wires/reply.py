"""The decoding that replies of all wires share: bodies, lists and vectors."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

import msgspec

from connectors.shared import ConnectorError, InvalidResponse
from connectors.wires.decoders import lenient
from connectors.wires.decoders.lenient import NONSENSE, any_decoder, decode

T = TypeVar("T")
Refuse = Callable[[object], ConnectorError]  # decoded JSON of an error -> the error


def decode_body(provider: str, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Return the decoded body. Raises InvalidResponse."""
    try:
        return decode(decoder, body)
    except NONSENSE as error:
        raise no_answer(provider, body) from error


def no_answer(provider: str, body: bytes) -> InvalidResponse:
    """Return the error for a body that is not JSON, or not of the expected form."""
    is_page = body.lstrip().startswith(b"<")
    what = (
        "a web page, not JSON; check the address" if is_page else "not the JSON that was expected"
    )
    return InvalidResponse(provider, summary=f"the reply is {what}")


def entries(
    provider: str, body: bytes, refuse: Refuse, kind: type[T], *names: str, key: str = "id"
) -> list[T]:
    """Return the entries of a list, without unreadable ones; a bare string is an entry's key.

    The list is the body or has one of the names in it; null is an empty list. Raises the error
    that the body holds instead, or InvalidResponse.
    """
    data: Any = decode_body(provider, any_decoder, body)
    listed: Any = data
    if isinstance(data, dict):
        found = [name for name in names if name in data]
        if data.get("error") or not found:
            raise error_in(provider, body, refuse)
        listed = next((data[name] for name in found if data[name] is not None), [])
    if not isinstance(listed, list):
        raise error_in(provider, body, refuse)
    read = []
    for entry in listed:
        with suppress(msgspec.ValidationError):
            read.append(lenient.convert({key: entry} if isinstance(entry, str) else entry, kind))
    return read


def error_in(provider: str, body: bytes, refuse: Refuse) -> ConnectorError:
    """Return the error for a successful reply without an answer."""
    data = decode_body(provider, any_decoder, body)
    if isinstance(data, dict) and any(data.get(name) for name in ("error", "message", "detail")):
        return refuse(data)
    return InvalidResponse(provider, summary="the reply holds no answer")


count = lenient.whole_number


def day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
    except ValueError:
        return None


def vector(provider: str, values: object) -> list[float]:
    """Return the vector of one text. Raises InvalidResponse for anything but numbers."""
    if isinstance(values, list) and len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if not isinstance(values, list) or not values or not all(map(_is_number, values)):
        # Servers without pooling send a vector per token.
        raise InvalidResponse(provider, summary="the server sent no single vector per text")
    try:
        return [float(value) for value in values]
    except OverflowError as error:
        raise InvalidResponse(provider, summary="a number of a vector is too large") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def vectors(
    provider: str, body: bytes, refuse: Refuse, rows: object, *, texts: int
) -> list[list[float]]:
    """Return the rows of a body as vectors. Raises InvalidResponse unless there is one per text."""
    if not isinstance(rows, list):
        raise error_in(provider, body, refuse)
    if len(rows) != texts:
        raise InvalidResponse(provider, summary=f"{len(rows)} vectors came for {texts} texts")
    return [vector(provider, row) for row in rows]
