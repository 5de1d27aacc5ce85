"""What a provider's error reply means: its body and headers read into one ConnectorError."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from connectors.reply import NONSENSE
from connectors.shared import (
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    OutOfMemory,
    RateLimitExceeded,
    Timeout,
)

# A code or type says more than a status. Words that only repeat the status are left to it.
_REASON_OF_CODE: Final[Mapping[str, str]] = {
    "authentication_error": "auth",
    "billing_error": "billing",
    "billing_hard_limit_reached": "billing",
    "billing_not_active": "billing",
    "context_length_exceeded": "context_length",
    "credit_balance_exhausted": "billing",
    "insufficient_quota": "billing",
    "invalid_api_key": "auth",
    "invalid_model": "not_found",
    "model_not_found": "not_found",
    "model_not_supported": "not_found",
    "not_found_error": "not_found",
    "notfounderror": "not_found",
    "overloaded": "overloaded",
    "overloaded_error": "overloaded",
    "permission_error": "permission",
    "rate_limit_error": "rate_limit",
    "rate_limit_exceeded": "rate_limit",
    "rate_limited": "rate_limit",
    "request_too_large": "too_large",
    "server_is_overloaded": "overloaded",
    "slow_down": "rate_limit",
    "throttling_error": "rate_limit",
    "timeout_error": "timeout",
    "unsupported_country_region_territory": "permission",
}
_REASON_OF_STATUS: Final[Mapping[int, str]] = {
    401: "auth",
    402: "billing",
    403: "permission",
    404: "not_found",
    405: "not_found",
    408: "timeout",
    409: "unavailable",
    410: "gone",
    413: "too_large",
    422: "validation",
    429: "rate_limit",
    451: "permission",
    498: "auth",
    502: "unavailable",
    503: "unavailable",
    504: "timeout",
    529: "overloaded",
}
# Servers without a code word (vLLM, LM Studio, llama.cpp) say it in the text only.
_REASON_OF_TEXT: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (
            r"maximum context length|context (length|size|window)|too many tokens|prompt is too long",
            "context_length",
        ),
        (
            r"no models? loaded|unexpected endpoint|invalid model|model\b.{0,80}(does not exist|not found)",
            "not_found",
        ),
        (r"credit balance is too low", "billing"),
        (r"currently loading|loading model", "loading"),
        (r"server busy|overloaded", "overloaded"),
    )
)
_STATUSES_THAT_TEXT_REFINES: Final = frozenset({None, 400, 413, 422, 500, 503})
_OUT_OF_MEMORY = re.compile(
    r"out of memory|insufficient memory|requires more (system )?memory", re.IGNORECASE
)
_KINDS: Final[Mapping[str, type[ConnectorError]]] = {
    "rate_limit": RateLimitExceeded,
    "timeout": Timeout,
    "truncated": InvalidResponse,
}
_REQUEST_IDS: Final = ("x-request-id", "request-id", "mistral-correlation-id", "x-debug-trace-id")
_WAIT_HEADERS: Final = ("retry-after", "llm_provider-retry-after")


@dataclass(frozen=True, slots=True)
class Told:
    """What an error body says, whatever its form."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    status: int | None = None
    wait_s: float | None = None


def read_refusal(body: bytes) -> Told:
    """Return what is told by a body that may be JSON of several forms, plain text, HTML or nothing."""
    try:
        return told_by(msgspec.json.decode(body))
    except NONSENSE:
        text = body.decode("utf-8", "replace").strip()
    if not text.startswith("<"):
        return Told(message=text)
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    return Told(message=title[1].strip() if title else "")


def told_by(data: object) -> Told:
    """Return what is told by decoded JSON: an ``error`` object or string, or ``message`` or ``detail`` at the top."""
    if not isinstance(data, dict):
        return Told(message=_text(data))
    error = data.get("error")
    inner = error if isinstance(error, dict) else data
    message = _text(error) if isinstance(error, str | list) else _text(inner)
    code = inner.get("code")
    kind = inner.get("type") or inner.get("error_type")
    return Told(
        message=message,
        code=code if isinstance(code, str) and code else None,
        type=kind if isinstance(kind, str) and kind else None,
        status=_status_in(code),
        wait_s=_seconds(data.get("estimated_time")),
    )


def failure(
    provider: str,
    told: Told,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    now: float = 0.0,
    hide: Callable[[str], str] = str,
) -> ConnectorError:
    """Return the error for a refusal; status None is one that came inside a successful reply.

    ``hide`` takes the key out of what the provider sent; now is the time in seconds that a date is counted from when
    the reply has no date of its own.
    """
    headers = headers or {}
    status = status or told.status
    reason = _reason(status, told)
    ran_out = _OUT_OF_MEMORY.search(told.message) is not None
    kind = OutOfMemory if ran_out else _KINDS.get(reason, ApiRequestFailed)
    should_retry = {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())
    code = told.code or told.type
    request_id = next((headers[name] for name in _REQUEST_IDS if name in headers), None)
    wait_s = wait_from_headers(headers, now)
    return kind(
        provider,
        status,
        reason,
        retryable=False if ran_out else should_retry,
        retry_after=told.wait_s if wait_s is None else wait_s,
        provider_code=_word(code, hide),
        request_id=_word(request_id, hide),
        summary="the server ran out of memory" if ran_out else None,
        detail=hide(told.message),
    )


def wait_from_headers(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds the server asks to wait, or None. Forms: milliseconds, seconds, a date, a RateLimit field."""
    wait_ms = _seconds(headers.get("retry-after-ms"))
    if wait_ms is not None:
        return wait_ms / 1000
    for name in _WAIT_HEADERS:
        value = headers.get(name)
        wait_s = _seconds(value)
        wait_s = _seconds_until(value, headers.get("date"), now) if wait_s is None else wait_s
        if wait_s is not None:
            return wait_s
    # Hugging Face: RateLimit: "api";r=0;t=55
    spent = re.search(r"\br=0\b.*?\bt=(\d+)", headers.get("ratelimit", ""))
    return float(spent[1]) if spent else None


def _reason(status: int | None, told: Told) -> str:
    for word in (told.code, told.type):
        reason = _REASON_OF_CODE.get(word.lower()) if word else None
        if reason:
            return reason
    if status in _STATUSES_THAT_TEXT_REFINES:
        for pattern, reason in _REASON_OF_TEXT:
            if pattern.search(told.message):
                return reason
    return _reason_of_status(status)


def _reason_of_status(status: int | None) -> str:
    if status is None or status >= 500:
        return _REASON_OF_STATUS.get(status or 500, "server")
    return _REASON_OF_STATUS.get(status, "bad_request" if status >= 400 else "not_found")


def _text(value: Any, depth: int = 6) -> str:
    if isinstance(value, str) or not depth:
        return value if isinstance(value, str) else ""
    if isinstance(value, list):
        return "; ".join(text for item in value[:10] if (text := _text(item, depth - 1)))
    if isinstance(value, dict):
        texts = (_text(value.get(name), depth - 1) for name in ("message", "detail", "msg"))
        return next(filter(None, texts), "")
    return ""


def _word(value: str | None, hide: Callable[[str], str]) -> str | None:
    # It goes into str(error) and the log, so nothing that could be a sentence.
    word = hide(value) if value else ""
    return word if re.fullmatch(r"[\w.:*-]{1,80}", word) else None


def _status_in(code: object) -> int | None:
    try:
        status = int(code) if isinstance(code, int | str) else 0
    except ValueError:
        return None
    return status if 400 <= status < 600 else None


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until(value: str | None, date: str | None, now: float) -> float | None:
    moment = _moment(value)
    if moment is None:
        return None
    began = _moment(date)
    return max(moment - (now if began is None else began), 0.0)


def _moment(value: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(value or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
