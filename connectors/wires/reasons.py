"""The reason of an error, by its codes, its text and its status."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from connectors.shared import REASON_OF_STATUS, is_client_error
from connectors.wires.wordings import (
    CURRENT_QUOTA,
    LIMIT_AND_REQUESTED,
    MODEL,
    NO_SUCH_PATH,
    NOTHING_THERE,
    PASSING,
    REASON_OF_TEXT,
    SHORT_SPAN,
    TOO_LARGE_AT_ONCE,
    UNABLE,
    Words,
    by_word,
)

if TYPE_CHECKING:
    from connectors.wires.error_body import ErrorBody

T = TypeVar("T")
# The cause stands in the first lines, and the patterns take their time.
TEXT_LIMIT: Final = 1_000
# ContentPolicyViolationError, invalid_api_key
_JOINED_WORDS: Final = re.compile(r"\w*[a-z][A-Z_]\w*")

# Codes that are more exact than any status; all are squeezed.
_REASON_OF_CODE: Final[Mapping[str, str]] = by_word(
    {
        "auth": "authenticationerror autherror invalidapikey apikeyinvalid",
        "billing": """
            billingerror billinghardlimitreached billingnotactive creditbalanceexhausted
            insufficientquota
        """,
        "context_length": "contextlengthexceeded",
        "content_filter": """
            contentfilter contentpolicyviolation datainspectionfailed
            responsibleaipolicyviolation
        """,
        "not_found": """
            deploymentnotfound invalidmodel modeldecommissioned modelnotfound
            modelnotsupported unknownmodel
        """,
        "wrong_address": "unknownurl",
        "permission": "unsupportedcountryregionterritory",
    }
)
# Codes that are less exact than the text may be.
_REASON_OF_VAGUE_CODE: Final[Mapping[str, str]] = by_word(
    {
        "overloaded": "overloaded overloadederror serverisoverloaded",
        "permission": "permissiondenied permissionerror",
        "rate_limit": """
            quotaexceeded ratelimiterror ratelimitexceeded ratelimited resourceexhausted
            slowdown throttlingerror throttlingexception
        """,
        "too_large": "requesttoolarge",
        "timeout": "timeouterror",
        "auth": "unauthenticated",
    }
)
# Codes that only repeat a status, for errors without one, as inside a stream.
_STATUS_OF_CODE: Final[Mapping[str, int]] = by_word(
    {
        500: "apierror internal internalerror internalservererror servererror",
        400: "badrequest badrequesterror invalidargument invalidrequest invalidrequesterror",
        504: "deadlineexceeded gatewaytimeout",
        404: "notfound notfounderror",
        503: "serviceunavailable serviceunavailableerror unavailable",
        429: "toomanyrequests",
        401: "unauthorized",
        422: "unprocessableentity unprocessableentityerror validation validationerror",
    }
)


def reason_of(status: int | None, body: ErrorBody, *, has_wait: bool = False) -> str:
    """Return the reason: by an exact code, then by the text, a vague code, and the status."""
    codes = [squeezed(code) for code in body.codes]
    names_status = body.status == status
    text = " ".join(body.message.split())[:TEXT_LIMIT]
    words = [*_JOINED_WORDS.findall(text), *body.codes]
    said = "\n".join([text, *map(_spaced, words)])[: 2 * TEXT_LIMIT]
    status = status or _first(_STATUS_OF_CODE, codes)
    return (
        ("billing" if status == 402 else _first(_REASON_OF_CODE, codes))
        or _reason_of_text(said, has_wait=has_wait)
        or _first(_REASON_OF_VAGUE_CODE, codes)
        or (_reason_of_404(text, body, names_status=names_status) if status == 404 else None)
        or _reason_of_status(status, text)
    )


def squeezed(code: str) -> str:
    """Return a code for comparison: letters and digits only, in lower case."""
    return re.sub(r"[^a-z0-9]", "", code.lower())


def _reason_of_text(text: str, *, has_wait: bool) -> str | None:
    reason = _first_found(REASON_OF_TEXT, text)
    if reason == "rate_limit" and _never_fits(text):
        return "too_large"
    if reason == "context_length" and has_wait:
        return "rate_limit"  # too many tokens per minute, not in this conversation
    # Google's text for a quota per minute is the same, but names the minute or a wait.
    is_short = has_wait or SHORT_SPAN.search(text) is not None
    if reason in (None, "rate_limit") and CURRENT_QUOTA.search(text) and not is_short:
        return "billing"
    return reason


def _never_fits(text: str) -> bool:
    """Return whether one request exceeds a limit per minute, so that waiting cannot help."""
    numbers = LIMIT_AND_REQUESTED.search(text)
    if numbers is None:
        return TOO_LARGE_AT_ONCE.search(text) is not None
    limit, requested = (int(number.replace(",", "") or 0) for number in numbers.groups())
    return requested > limit


def _reason_of_status(status: int | None, text: str) -> str:
    known = REASON_OF_STATUS.get(status or 0)
    if known is not None:
        return known
    is_failing = status is not None and status >= 500
    if not is_failing and NO_SUCH_PATH.search(text):
        return "wrong_address"
    if status is None or is_failing:
        return _first_found(PASSING, text) or "server"
    return "bad_request" if is_client_error(status) else "wrong_address"


def _reason_of_404(text: str, body: ErrorBody, *, names_status: bool) -> str:
    if NO_SUCH_PATH.search(text) or not (body.is_json and text):
        return "wrong_address"
    if UNABLE.search(text):
        return "bad_request"
    if body.param == "model" or re.search(MODEL, text, re.IGNORECASE):
        return "not_found"
    if NOTHING_THERE.search(text):
        return "wrong_address"
    # The error of an API names its status; MLX answers any bad request by a 404 and a sentence.
    return "not_found" if names_status else "bad_request"


def _first_found(table: Iterable[tuple[str, Words]], text: str) -> str | None:
    return next((reason for reason, pattern in table if pattern.search(text)), None)


def _first(table: Mapping[str, T], words: Collection[str]) -> T | None:
    return next((table[word] for word in words if word in table), None)


def _spaced(code: str) -> str:
    """Return a code as words: ``DataInspectionFailed`` is ``Data Inspection Failed``."""
    return re.sub(r"[_.\-]+|(?<=[a-z])(?=[A-Z])", " ", code)
