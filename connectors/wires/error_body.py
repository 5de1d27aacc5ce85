"""Error bodies: JSON of any provider or gateway, plain text, or a web page."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import msgspec

from connectors.wires.decoders.lenient import NONSENSE, string
from connectors.wires.retry_after import seconds, wait_from_fields, wait_from_text

TEXT_LIMIT: Final = 4_000
OBJECTS_LIMIT: Final = 40
_INNER: Final = (
    "error", "errors", "response", "message", "detail", "details", "innererror", "inner_error",
    "metadata", "raw", "base_resp",
    "promptfeedback", "violations",
)  # fmt: skip
_TEXTS: Final = (
    "message", "detail", "msg", "error_description", "error_msg", "status_msg", "error_message",
    "errormessage", "reason", "title", "raw",
)  # fmt: skip
_CODES: Final = (
    "code", "type", "error_type", "error_code", "status", "reason", "quotaid", "blockreason",
    "__type",
)  # fmt: skip
_STATUSES: Final = ("code", "status", "status_code", "statuscode", "raw_status_code", "http_status")
_REQUEST_IDS: Final = ("request_id", "requestid", "request-id")


class ErrorBody(msgspec.Struct, frozen=True):
    """The facts in an error body. ``code`` is the outermost; ``codes`` are all, with types."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    status: int | None = None
    wait_s: float | None = None
    codes: tuple[str, ...] = ()
    param: str | None = None
    request_id: str | None = None
    is_json: bool = False


def parse_error_body(body: bytes) -> ErrorBody:
    """Return the facts in JSON of any form, plain text, HTML or nothing."""
    try:
        return parse_error_json(msgspec.json.decode(body))
    except NONSENSE:
        text = body.decode("utf-8", "replace").strip()
    if not text.startswith("<"):
        return ErrorBody(message=text[:TEXT_LIMIT])
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    return ErrorBody(message=title[1].strip() if title else "")


def parse_error_json(data: object) -> ErrorBody:
    """Return the facts in decoded JSON: an ``error`` of any type, or fields at the top."""
    objects = list(islice(_objects(data), OBJECTS_LIMIT))
    codes = [(name, code) for fields in objects for name in _CODES if (code := _code(fields, name))]
    waits = (wait_from_fields(fields) for fields in objects)
    message = _text(data)[:TEXT_LIMIT]
    wait_s = next((wait_s for wait_s in waits if wait_s is not None), None)
    return ErrorBody(
        message=message,
        code=next((code for name, code in codes if name in ("code", "error_code")), None),
        type=next(
            (code for name, code in codes if name.endswith("type") and code != "error"), None
        ),
        status=next(filter(None, map(_status, objects)), None),
        wait_s=wait_from_text(message) if wait_s is None else wait_s,
        codes=tuple(code for _, code in codes),
        param=next(filter(None, (string(fields.get("param")) for fields in objects)), None),
        request_id=next(
            (
                found
                for fields in objects
                for name in _REQUEST_IDS
                if (found := string(fields.get(name)))
            ),
            None,
        ),
        is_json=True,
    )


def _objects(data: object, depth: int = 6) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of an error, outer ones first, with field names in lower case."""
    if isinstance(data, str):
        data = _inside(data)
    if isinstance(data, list):
        for item in data[:10]:
            if isinstance(item, dict):
                yield from _objects(item, depth)
    elif isinstance(data, dict) and depth:
        fields = {str(name).lower(): value for name, value in data.items()}
        yield fields
        for name in _INNER:
            yield from _objects(fields.get(name), depth - 1)


def _text(value: Any, depth: int = 6) -> str:
    if isinstance(value, str):
        inside = _inside(value) if depth else None
        return value if inside is None else _text(inside, depth - 1) or value
    if isinstance(value, list) and depth:
        return "; ".join(text for item in value[:10] if (text := _text(item, depth - 1)))
    if not isinstance(value, dict) or not depth:
        return ""
    fields = {str(name).lower(): item for name, item in value.items()}
    wrapped = (fields.get(name) for name in ("error", "errors", "base_resp", "response"))
    return next(filter(None, (_text(item, depth - 1) for item in wrapped)), "") or _words(
        fields, depth
    )


def _words(fields: Mapping[str, Any], depth: int) -> str:
    """Return the message of an object, then that of the provider behind a router."""
    texts = (_text(fields.get(name), depth - 1) for name in _TEXTS)
    said = next(filter(None, texts), "")
    metadata = fields.get("metadata")
    behind = _text(metadata.get("raw"), depth - 1) if isinstance(metadata, dict) else ""
    return ": ".join(dict.fromkeys(filter(None, (said, behind))))


def _inside(text: str) -> Any:
    """Return the JSON in a text, as routers quote the body of another server, or None."""
    if not text.lstrip().startswith(("{", "[")) or len(text) > TEXT_LIMIT:
        return None
    try:
        data = msgspec.json.decode(text.encode("utf-8", "replace"))
    except NONSENSE:
        return None
    return data if isinstance(data, dict | list) else None


def _code(fields: Mapping[str, Any], name: str) -> str:
    """Return a code as text; empty for a number that is an HTTP status."""
    value = fields.get(name)
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9
    if is_number:
        return str(value) if value and _status({"code": value}) is None else ""
    return value if isinstance(value, str) and len(value) <= 200 else ""


def _status(fields: Mapping[str, Any]) -> int | None:
    numbers = (seconds(fields.get(name)) for name in _STATUSES)
    return next((int(number) for number in numbers if number and 400 <= number < 600), None)
