"""Replies of Discord, decoded: our types, or our errors; no body makes it fail otherwise."""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

import msgspec

from connectors.discord import codes
from connectors.discord.routes import LONGEST_BLOCK_S, PROVIDER
from connectors.shared import ApiRequestFailed, ConnectorError, InvalidResponse, RateLimitExceeded

T = TypeVar("T")

REASONS = {401: "auth", 403: "permission", 404: "not_found", 413: "too_large"}
SUMMARIES = {
    "auth": "the bot's token was refused",
    "permission": "the bot may not do this",
    "not_found": "there is no such channel, message or interaction",
}
FORM_DEPTH = 8
FIELDS = 10
TEXT_LIMIT = 200
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_NOT_PLAIN = re.compile(r"[^ -~]+")
_QUOTED = re.compile(r"""(["'`])(?:.*\1|.*)""")
_LONG_WORD = re.compile(r"\S{24,}")
# The channel, or the person, is closed to the bot until somebody opens it: no such channel, server,
# member or user, no access or no permission, no place for text, a person who takes no messages, a
# thread that is archived or locked. Every other refusal may pass by itself.
# Source of all codes: topics/opcodes-and-status-codes.
_CLOSED = frozenset(
    {codes.UNKNOWN_CHANNEL, codes.UNKNOWN_GUILD, codes.UNKNOWN_MEMBER, codes.UNKNOWN_USER}
    | {codes.MISSING_ACCESS, codes.MISSING_PERMISSIONS, codes.THREAD_ARCHIVED, codes.THREAD_LOCKED}
    | {"40058", "50003", "50007", "50008", "50024", "50033", "50278"}
)
# About a message's content, whatever the status: explicit content, an invalid form, AutoMod,
# harmful links, files that are not allowed here or too large.
_ABOUT_CONTENT = frozenset(
    {"20009", "40005", "50006", "50035", "50045", "50046", "200000", "200001", "240000", "400001"}
)
# About this request: what it names is gone or of another kind, or it was carried out before.
_ABOUT_REQUEST = frozenset(
    {codes.UNKNOWN_MESSAGE, codes.UNKNOWN_WEBHOOK, codes.UNKNOWN_INTERACTION, codes.UNKNOWN_COMMAND}
    | {codes.ALREADY_ACKNOWLEDGED, codes.INVALID_WEBHOOK_TOKEN, "40094", "50005", "50021", "50068"}
    | {"50084", "50085", "50109", "160002", "160004"}
)
# About the time, the bot's account or its address: limits, features that are switched off, a
# verification that is due, a block by Cloudflare.
_ABOUT_TIME = frozenset(
    {"20012", "20016", "20028", "20029", "30046", "40001", "40002", "40003", "40004", "40006"}
    | {"40062", "40333", "50009", "50178", "110000", "110001", "130000", "160006", "160007"}
)
_NOT_ABOUT_CONTENT = _CLOSED | _ABOUT_REQUEST | _ABOUT_TIME
_LASTING = _CLOSED | _ABOUT_CONTENT | _ABOUT_REQUEST
_NEVER_ABOUT_CONTENT = (401, 404, 405, 429)
_REFUSALS = range(400, 500)
_REQUEST_TIMEOUT = 408


class _ErrorBody(msgspec.Struct):
    message: str = ""
    code: int | str | None = None
    retry_after: float | None = None
    errors: Any = None
    # The OAuth2 endpoints follow RFC 6749.
    error: str | None = None
    error_description: str = ""


def failure(
    status: int, headers: Mapping[str, str], answer: bytes, *, has_body: bool = True
) -> ConnectorError:
    """Return the error of a reply. Only a request that ``has_body`` can hold what is wrong."""
    body = _read(answer) or _ErrorBody()
    code = str(body.error or body.code or "")
    fields = "; ".join(islice(_fields(body.errors), FIELDS))
    said = _without_quotations(body.message or body.error_description)
    facts: dict[str, Any] = {
        "status": status,
        "provider_code": code if _WORD.fullmatch(code) else None,
        "detail": ": ".join(filter(None, (said, fields))),
    }
    if status == 429:
        wait_s = body.retry_after if body.retry_after is not None else _seconds(headers)
        if wait_s is not None:
            wait_s = min(max(wait_s, 0.0), LONGEST_BLOCK_S)
        return RateLimitExceeded(PROVIDER, retry_after=wait_s, **facts)
    reason = "server" if status >= 500 else REASONS.get(status, "bad_request")
    lasting = _LASTING if has_body else _LASTING - _ABOUT_CONTENT
    is_lasting = status in (401, 413) or facts["provider_code"] in lasting
    may_pass = status >= 500 or not is_lasting
    facts["summary"] = SUMMARIES.get(reason)
    return ApiRequestFailed(PROVIDER, reason=reason, retryable=may_pass, **facts)


def is_closed(error: ConnectorError) -> bool:
    """Return whether a channel or a person takes nothing from the bot, now or later.

    That is so only for listed codes: a refusal without one comes from a proxy or from Cloudflare.
    """
    is_refusal = error.provider == PROVIDER and error.status in (400, 403, 404)
    return is_refusal and error.provider_code in _CLOSED


def is_about_reference(error: ConnectorError) -> bool:
    """Return whether Discord refused only the reference to the message that is replied to."""
    is_named = error.provider_code == codes.INVALID_FORM and "message_reference" in error.detail
    return is_named or error.provider_code in codes.NO_REPLY_THERE


def is_refused(error: ConnectorError) -> bool:
    """Return whether a reply says that the request was not carried out."""
    return error.status in _REFUSALS and error.status != _REQUEST_TIMEOUT


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
    if error.provider != PROVIDER or code is None or code in _NOT_ABOUT_CONTENT:
        return False
    return status in _REFUSALS and status not in _NEVER_ABOUT_CONTENT


def is_cloudflare(answer: bytes) -> bool:
    """Return whether a 429 comes from Cloudflare: Discord's own are always JSON."""
    return _read(answer) is None


def decode(content: bytes, kind: type[T]) -> T:
    """Return a reply as ``kind``. Raise InvalidResponse if it is something else.

    Permissions arrive as strings and become integers.
    """
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(content, type=kind, strict=False)
    # Without the cause, which may hold the reply.
    raise InvalidResponse(PROVIDER, reason="server", detail="unreadable answer")


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
            found = (str(e.get("message")) for e in inner[:FIELDS] if isinstance(e, dict))
            yield f"{'.'.join(path)}: {' '.join(map(_without_quotations, found))}"
        elif _WORD.fullmatch(name):
            yield from _fields(inner, (*path, name))


def _without_quotations(text: str) -> str:
    """Return a text of Discord's in one short line, without what it may quote, and tokens."""
    text = " ".join(_NOT_PLAIN.sub(" ", text[:TEXT_LIMIT]).split())
    return _LONG_WORD.sub("***", _QUOTED.sub("***", text))


def _seconds(headers: Mapping[str, str]) -> float | None:
    try:
        seconds = float(headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return seconds if math.isfinite(seconds) else None
