"""The wait that a server asks for, in headers, in the fields of an error or in its text."""

import math
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_HEADERS: Final = ("retry-after", "llm_provider-retry-after")
_FIELDS: Final = ("estimated_time", "retry_after", "retry_after_seconds", "retrydelay")
# Whoever waits longer waits for a mistake: the quotas of providers are renewed daily.
LONGEST_S: Final = 86_400.0
# Compiled by re on first use, as start-up does not need it.
_IN_TEXT: Final = (
    r"\b(?:try again|retry|wait|available again|resets?)\b"
    r"(?: (?:again|after|in|for|at least|another))*"
    r" ((?:\d+(?:\.\d+)?\s?(?:ms|[hms](?![a-z])|(?:milli)?sec[a-z]*|min[a-z]*|hours?)\s?)+)"
)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s?(ms|milli|h|m|s)", re.IGNORECASE)
_SECONDS_OF: Final = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def wait_from_headers(headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait in seconds, or None.

    It may be given in milliseconds, seconds, as a date, or in a RateLimit header. A date counts
    from that of the reply, else from ``now``, in seconds since the epoch.
    """
    wait_ms = seconds(headers.get("retry-after-ms"))
    if wait_ms is not None:
        return wait_ms / 1000
    for name in _HEADERS:
        value = headers.get(name)
        wait_s = seconds(value)
        wait_s = _seconds_until(value, headers.get("date"), now) if wait_s is None else wait_s
        if wait_s is not None:
            return wait_s
    # Hugging Face: RateLimit: "api";r=0;t=55
    spent = re.search(r"\br=0\b.*?\bt=(\d+)", headers.get("ratelimit", ""))
    return seconds(spent[1]) if spent else None


def wait_from_fields(fields: Mapping[str, object]) -> float | None:
    """Return the wait in the fields of an error body, whose names are in lower case.

    ``retryDelay`` is a duration of google.rpc.RetryInfo: "34.5s", or seconds and nanos.
    """
    for name in _FIELDS:
        value = fields.get(name)
        value = value.get("seconds") if isinstance(value, dict) else value
        value = value.removesuffix("s") if isinstance(value, str) else value
        wait_s = seconds(value)
        if wait_s is not None:
            return wait_s
    return None


def wait_from_text(text: str) -> float | None:
    """Return the wait in a sentence such as "Please try again in 1m26.4s"."""
    found = re.search(_IN_TEXT, text, re.IGNORECASE)
    if found is None:
        return None
    parts = _PART.findall(found[1])
    return seconds(sum(float(number) * _SECONDS_OF[unit.lower()] for number, unit in parts))


def seconds(value: object) -> float | None:
    """Return a number of 0 to ``LONGEST_S``, also from text, or None for anything else."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return _bounded(number) if math.isfinite(number) else None


def _bounded(wait_s: float) -> float:
    return min(max(wait_s, 0.0), LONGEST_S)


def _seconds_until(value: str | None, date: str | None, now: float) -> float | None:
    moment = _moment(value)
    if moment is None:
        return None
    began = _moment(date)
    return _bounded(moment - (now if began is None else began))


def _moment(value: str | None) -> float | None:
    try:
        moment = parsedate_to_datetime(value or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
