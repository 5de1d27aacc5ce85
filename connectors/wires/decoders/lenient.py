"""Lenient decoding of JSON: only fields of a wrong type are lost."""

import functools
import json
import math
from typing import Any, Final, NamedTuple, TypeVar, cast, get_args, get_origin

import msgspec

from connectors.wires.decoders.halves import decode_marked, mended

T = TypeVar("T")

# Pieces of texts: a character may be cut in two between them, so they are not mended one by one.
_PIECES: Final = frozenset(
    {"content", "text", "thinking", "reasoning", "reasoning_content", "refusal", "response"}
    | {"tool_plan", "partial_json"}
)
_DIGITS_LIMIT: Final = 300
NONSENSE: Final = (msgspec.DecodeError, ValueError, RecursionError)
any_decoder: Final = msgspec.json.Decoder(Any)


class _Field(NamedTuple):
    key: str
    name: str
    options: tuple[Any, ...]


def loads(body: bytes) -> Any:
    """Return decoded JSON, with None for NaN, infinities and endless numbers.

    Halves of characters are kept, for ``connectors.wires.decoders.halves``.
    Raises ValueError or RecursionError.
    """
    text = decode_marked(body).removeprefix("\ufeff")
    return json.loads(
        text, strict=False, parse_constant=lambda _: None, parse_float=_finite, parse_int=_bounded
    )


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Return the decoded body, without fields of a wrong type and halves of characters.

    Raises one of NONSENSE.
    """
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return convert(mend_all(loads(body)), decoder.type)


def is_json(body: bytes) -> bool:
    try:
        decode(any_decoder, body)
    except NONSENSE:
        return False
    return True


def is_cut(body: bytes) -> bool:
    """Return whether a body is JSON whose end is missing."""
    try:
        any_decoder.decode(body)
    except NONSENSE as error:
        return "truncated" in str(error)
    return False


def convert(data: Any, kind: type[T]) -> T:
    """Return data as that type, without what does not fit. Raises msgspec.ValidationError."""
    if not _is_struct(kind):
        return msgspec.convert(data, kind)
    if not isinstance(data, dict):
        raise msgspec.ValidationError("no object")
    values = {}
    for field in _fields(cast("Any", kind)):
        if field.key in data and (fitting := _fitted(data[field.key], field)):
            values[field.name] = fitting[0]
    try:
        return kind(**values)
    except TypeError as error:
        raise msgspec.ValidationError("a required field is missing") from error


def mend_all(data: Any) -> Any:
    """Return decoded JSON without halves of characters."""
    if isinstance(data, str):
        return mended(data)
    if isinstance(data, list):
        return [mend_all(item) for item in data]
    if isinstance(data, dict):
        return {mended(key): mend_all(value) for key, value in data.items()}
    return data


def whole_number(value: object) -> int | None:
    """Return a whole number, also if it is written as a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def index_number(value: object) -> int | None:
    """Return a whole number, also if it is written as a float or as text."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < _DIGITS_LIMIT:
        return int(value)
    return whole_number(value)


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def plain_text(value: object) -> str:
    """Return the text of a part or of a list of parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return string(value.get("text"))
    return "".join(map(plain_text, value)) if isinstance(value, list) else ""


@functools.cache
def _fields(kind: Any) -> list[_Field]:
    return [
        _Field(field.encode_name, field.name, get_args(field.type) or (field.type,))
        if get_origin(field.type) is not list
        else _Field(field.encode_name, field.name, (field.type,))
        for field in msgspec.structs.fields(kind)
    ]


def _fitted(value: Any, field: _Field) -> tuple[Any, ...]:
    """Return the value as the first type that fits, or nothing."""
    for option in field.options:
        fitting = _as_type(value, option, is_piece=field.name in _PIECES)
        if fitting:
            return fitting
    return ()


def _as_type(value: Any, kind: Any, *, is_piece: bool) -> tuple[Any, ...]:
    if kind is Any:
        return (value,)
    if kind is type(None):
        return () if value is not None else (None,)
    if kind is str:
        return _as_text(value, is_piece=is_piece)
    if kind in (int, float):
        number = index_number(value) if kind is int else _float(value)
        return () if number is None else (number,)
    if get_origin(kind) is list:
        return _as_list(value, get_args(kind)[0])
    try:
        return (convert(value, kind),)
    except msgspec.ValidationError:
        return ()


def _as_text(value: Any, *, is_piece: bool) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value if is_piece else mended(value),)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (str(value),)
    # Parts in place of a text.
    return (text,) if is_piece and (text := plain_text(value)) else ()


def _as_list(value: Any, kind: Any) -> tuple[list[Any], ...]:
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return ()
    fitting = [_as_type(item, kind, is_piece=False) for item in value]
    return ([item[0] for item in fitting if item],)


def _float(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _bounded(digits: str) -> int | None:
    return int(digits) if len(digits) < _DIGITS_LIMIT else None
