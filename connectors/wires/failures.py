"""The ConnectorError of a refusal: the body and headers of an error reply, read together.

The same function reads the body of a refused request and an error inside a successful reply.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Final

from connectors.shared import KIND_OF_REASON, ApiRequestFailed, ConnectorError, OutOfMemory
from connectors.wires.error_body import ErrorBody
from connectors.wires.reasons import reason_of
from connectors.wires.retry_after import wait_from_headers

_OUT_OF_MEMORY: Final = re.compile(
    r"out of memory|insufficient (system )?(memory|resources)|requires more (system )?memory",
    re.IGNORECASE,
)
# A proxy says so of a request that is not encrypted; the provider never saw it.
_SUMMARIES: Final = {407: "the proxy that HTTP_PROXY names refused the connection (407)"}
# Not retryable, whatever a header says.
_FINAL: Final = frozenset(
    {"billing", "content_filter", "context_length", "not_found", "too_large", "wrong_address"}
)
_SHOULD_RETRY: Final = {"true": True, "false": False}
_REQUEST_ID_HEADERS: Final = (
    "x-request-id",
    "request-id",
    "mistral-correlation-id",
    "x-debug-trace-id",
    "apim-request-id",
    "x-amzn-requestid",
)


def failure(
    provider: str,
    body: ErrorBody,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    now: float = 0.0,
    hide: Callable[[str], str] = str,
) -> ConnectorError:
    """Return the error for a refusal; without a status, for one inside a successful reply.

    ``hide`` takes the key out of what the provider sent. A date in a header counts from that of
    the reply, else from ``now``, in seconds since the epoch.
    """
    headers = headers or {}
    status = status or body.status
    wait_s = wait_from_headers(headers, now)
    wait_s = body.wait_s if wait_s is None else wait_s
    reason = reason_of(status, body, has_wait=wait_s is not None)
    ran_out = _OUT_OF_MEMORY.search(body.message) is not None
    is_final = ran_out or reason in _FINAL or status in _SUMMARIES
    kind = OutOfMemory if ran_out else KIND_OF_REASON.get(reason, ApiRequestFailed)
    return kind(
        provider,
        status,
        reason,
        retryable=False
        if is_final
        else _SHOULD_RETRY.get(headers.get("x-should-retry", "").lower()),
        retry_after=wait_s,
        provider_code=_word(body.code or body.type, hide),
        request_id=request_id_from(headers, hide) or _word(body.request_id, hide),
        summary="the server ran out of memory" if ran_out else _SUMMARIES.get(status or 0),
        detail=hide(body.message),
    )


def identified(error: ConnectorError, headers: Mapping[str, str]) -> ConnectorError:
    """Return the error with the request's id and the wait that the headers of its reply name."""
    if error.request_id is None:
        error.request_id = request_id_from(headers)
        error.args = (error.text(),)
    if error.retry_after is None:
        error.retry_after = wait_from_headers(headers, time.time())
    return error


def request_id_from(headers: Mapping[str, str], hide: Callable[[str], str] = str) -> str | None:
    """Return the id by which the provider knows the request, if a header has one."""
    found = (headers[name] for name in _REQUEST_ID_HEADERS if name in headers)
    return _word(next(found, None), hide)


def _word(value: str | None, hide: Callable[[str], str]) -> str | None:
    # It becomes a part of str(error) and of the log, so nothing that could be a sentence.
    word = hide(value) if value else ""
    return word if re.fullmatch(r"[\w.:*-]{1,80}", word, re.ASCII) else None
