"""Replies of Discord, decoded: our types, or our errors; no body makes it fail otherwise."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from connectors.discord.routes import PROVIDER
from connectors.shared import ApiRequestFailed, ConnectorError, InvalidResponse, RateLimitExceeded

T = TypeVar("T")

REASONS = {401: "auth", 403: "permission", 404: "not_found", 413: "too_large"}
FORM_DEPTH = 8
# About a message's content, whatever the status: explicit content, an invalid form, AutoMod,
# harmful links, files that are not allowed here or too large.
# Source: topics/opcodes-and-status-codes.
_ABOUT_CONTENT = frozenset(
    {"20009", "40005", "50006", "50035", "200000", "200001", "240000", "400001"}
)
# With status 400, but about the place, the time or the message to edit.
_NOT_ABOUT_CONTENT = frozenset(
    {"10062", "20028", "30046", "40058", "40060", "40094", "50008", "50021", "50024", "50033"}
    | {"50068", "50083", "50084", "50085", "50109", "160002", "160005", "160006"}
)
# With status 403, about the person or the place.
_ABOUT_PLACE = frozenset({"20012", "40001", "40002", "50001", "50003", "50007", "50013", "50278"})
_NEVER_ABOUT_CONTENT = (401, 404, 405, 429)


class _ErrorBody(msgspec.Struct):
    message: str = ""
    code: int | str | None = None
    retry_after: float | None = None
    errors: Any = None
    # The OAuth2 endpoints follow RFC 6749.
    error: str | None = None
    error_description: str = ""


def failure(status: int, headers: Mapping[str, str], answer: bytes) -> ConnectorError:
    body = _read(answer) or _ErrorBody()
    code = body.error or body.code
    fields = "; ".join(_fields(body.errors))
    facts: dict[str, Any] = {
        "status": status,
        "provider_code": str(code) if code else None,
        "detail": ": ".join(filter(None, (body.message or body.error_description, fields))),
    }
    if status == 429:
        wait = body.retry_after if body.retry_after is not None else _seconds(headers)
        return RateLimitExceeded(PROVIDER, retry_after=wait, **facts)
    reason = "server" if status >= 500 else REASONS.get(status, "bad_request")
    return ApiRequestFailed(PROVIDER, reason=reason, **facts)


def is_about_content(error: ConnectorError) -> bool:
    """Return whether Discord refused a message's content, not the place or the time."""
    if error.provider != PROVIDER or error.provider_code in _NOT_ABOUT_CONTENT:
        return False
    return error.provider_code in _ABOUT_CONTENT or error.status in (400, 413, 422)


def may_be_about_content(error: ConnectorError) -> bool:
    """Return whether other content may be accepted: also true for codes that are not known yet."""
    code, status = error.provider_code, error.status
    if is_about_content(error):
        return True
    if error.provider != PROVIDER or code is None or code in _NOT_ABOUT_CONTENT | _ABOUT_PLACE:
        return False
    return status is not None and 400 <= status < 500 and status not in _NEVER_ABOUT_CONTENT


def is_cloudflare(answer: bytes) -> bool:
    """Return whether a 429 comes from Cloudflare: Discord's own are always JSON."""
    return _read(answer) is None


def decode(content: bytes, kind: type[T]) -> T:
    """Return a reply as ``kind``. Raise InvalidResponse if it is something else.

    Permissions arrive as strings and become integers.
    """
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidResponse(PROVIDER, reason="server", detail="unreadable answer") from error


def _read(answer: bytes) -> _ErrorBody | None:
    try:
        return msgspec.json.decode(answer, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _fields(errors: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield ``path: message`` for each field of a form that is wrong."""
    if not isinstance(errors, dict) or len(path) > FORM_DEPTH:
        return
    for name, inner in errors.items():
        if name == "_errors" and isinstance(inner, list):
            texts = [str(e.get("message")) for e in inner if isinstance(e, dict)]
            yield f"{'.'.join(path)}: {' '.join(texts)}"
        else:
            yield from _fields(inner, (*path, name))


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return seconds if math.isfinite(seconds) else None
