"""Messages, errors, and the helpers for environment variables, statuses, retries and JSON."""

import json
import os
import random as _random
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

DETAIL_LIMIT: Final = 500
HOST_NOT_FOUND: Final = "its host name was not found"
_QUOTES: Final = "\"'"
# The last four are invisible, and come along when text is copied from a page or a Windows file.
_SPACE: Final = " \t\r\n\v\f\u00a0\u200b\u2060\ufeff"
_BLANK: Final = _SPACE + _QUOTES


class _Reason(NamedTuple):
    """The text of a reason, the statuses that mean it by themselves, and whether to retry."""

    summary: str
    statuses: tuple[int, ...] = ()
    is_retryable: bool = False


_UNREACHABLE: Final = (407, 409, 502, 503, 520, 521, 522, 523, 525, 526, 527, 530)
# Any other 4xx is a bad_request, any other 5xx server.
_REASONS: Final[Mapping[str, _Reason]] = {
    "auth": _Reason("the key was refused", (401, 498)),
    "bad_request": _Reason("the request was refused"),
    "billing": _Reason("the account has no credit left", (402,)),
    "content_filter": _Reason("a content filter refused the question"),
    "context_length": _Reason("the conversation is too long for the model"),
    "gone": _Reason("the address or model no longer exists", (410,)),
    "malformed_key": _Reason("the key holds characters that no key has"),
    "loading": _Reason("the model is still loading", is_retryable=True),
    "not_found": _Reason("the model was not found"),
    "not_local": _Reason("the model does not run here"),
    "overloaded": _Reason("the servers are overloaded", (529,), is_retryable=True),
    "permission": _Reason("the key may not do this", (403, 451)),
    "queue": _Reason("it had no room in time"),
    "rate_limit": _Reason("too many requests", (429,), is_retryable=True),
    "server": _Reason("the server failed", is_retryable=True),
    "timeout": _Reason("no answer in time", (408, 504, 524), is_retryable=True),
    "too_large": _Reason("the request or reply is too large", (413,)),
    "too_slow": _Reason("the answer was not finished in time"),
    "truncated": _Reason("the reply broke off", is_retryable=True),
    "unavailable": _Reason("the service cannot be reached", _UNREACHABLE, is_retryable=True),
    "validation": _Reason("a field of the request was refused", (422,)),
    "wrong_address": _Reason("nothing answers at the address; check it", (404, 405, 421, 501)),
}
RETRYABLE_REASONS: Final = {name for name, reason in _REASONS.items() if reason.is_retryable}
SUMMARIES: Final = {name: reason.summary for name, reason in _REASONS.items()}
REASON_OF_STATUS: Final = {s: name for name, reason in _REASONS.items() for s in reason.statuses}


class Role:
    SYSTEM: Final = "system"
    USER: Final = "user"
    ASSISTANT: Final = "assistant"
    FUNCTION: Final = "function"
    TOOL: Final = "tool"


class ToolCall(msgspec.Struct, frozen=True, gc=False):
    """A tool call by the model; ``arguments`` is the JSON text as it came, ``{}`` when empty."""

    id: str
    name: str
    arguments: str = "{}"

    def parsed(self) -> dict[str, Any] | None:
        """Return the arguments as a dict, or None when they are not a JSON object."""
        try:
            arguments = msgspec.json.decode(self.arguments)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return None
        return arguments if isinstance(arguments, dict) else None


class ChatMessage(msgspec.Struct, frozen=True, gc=False):
    """One turn; ``images`` are https: or data: URLs, ``tool_call_id`` what a TOOL turn answers."""

    role: str
    content: str
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None

    def __post_init__(self) -> None:
        if type(self.images) is not tuple or type(self.tool_calls) is not tuple:
            refuse_bare_string("images", self.images)
            refuse_bare_string("tool_calls", self.tool_calls)


class ConnectorError(Exception):
    """The base of all errors of connectors; ``reason`` is the exact cause, a key of ``SUMMARIES``.

    ``str()`` never holds a key or a prompt. ``detail`` is the provider's own text, cut to
    DETAIL_LIMIT and without anything that looks like a key; it may quote the prompt.
    """

    default_reason: ClassVar[str] = "server"
    was_sent = True  # False: no try left this machine, or each was refused

    def __init__(
        self,
        provider: str,
        status: int | None = None,
        reason: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        provider_code: str | None = None,
        request_id: str | None = None,
        *,
        summary: str | None = None,
        detail: str = "",
    ) -> None:
        self.provider = provider
        self.status = status
        self.reason = reason or self.default_reason
        self.retryable = self.reason in RETRYABLE_REASONS if retryable is None else retryable
        self.retry_after = retry_after
        self.provider_code = provider_code
        self.request_id = request_id
        self.detail = without_keys(detail)[:DETAIL_LIMIT]
        self.summary = summary or SUMMARIES[self.reason]
        super().__init__(self.text())

    def text(self) -> str:
        facts = {"status": self.status, "code": self.provider_code, "request": self.request_id}
        known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        return f"{self.provider}: {self.summary}" + (f" ({known})" if known else "")


class MissingApiKey(ConnectorError):
    """No usable key is set, or it has been wiped."""

    default_reason = "auth"


class ApiRequestFailed(ConnectorError):
    """The provider refused or failed, or could not be reached."""


class InvalidResponse(ConnectorError):
    """The reply broke off or could not be understood."""


class UnmarkedEnd(InvalidResponse):
    """A stream ended after some text, without a mark that the answer is whole."""


class RateLimitExceeded(ConnectorError):
    """Too many requests; ``retry_after`` is the wait in seconds, if the provider named one."""

    default_reason = "rate_limit"


class Timeout(ConnectorError):
    """No answer came in time."""

    default_reason = "timeout"


class OutOfMemory(ConnectorError):
    """A server ran out of memory, or a reply is larger than allowed."""

    default_reason = "too_large"


KIND_OF_REASON: Final[Mapping[str, type[ConnectorError]]] = {
    "rate_limit": RateLimitExceeded,
    "timeout": Timeout,
    "truncated": InvalidResponse,
}

_KEY_LIKE = re.compile(
    r"(?i:\bbearer\s+)\S+|\b(?:sk|pk|hf|gsk|xai|key|api)[-_][\w*.-]{8,}"
    r"|\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{28,}\b"
)
_HALF_HIDDEN = re.compile(r"(?<![\w.~+/-])[\w.~+/-]*\*{3,}[\w.~+/*-]*")  # once from each word


def without_keys(text: str) -> str:
    """Return text with whatever looks like an API key replaced by ``***``."""
    return _KEY_LIKE.sub("***", _HALF_HIDDEN.sub("***", text))


def env_is_set(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the variable holds more than white space and quotes, without copying it."""
    if environ is os.environ and os.supports_bytes_environ:
        # os.environ decodes into a new string at each look; environb returns the stored bytes.
        stored, blank = os.environb.get(os.fsencode(name), b""), _BLANK.encode()
        return any(byte not in blank for byte in stored)
    return any(char not in _BLANK for char in environ.get(name, ""))


def env_value(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return the value of the variable as ``typed`` reads it; empty when it is not set."""
    return typed(environ.get(name, ""))


def typed(value: str) -> str:
    """Return a value without the space and quotes around it, which ``docker --env-file`` keeps."""
    value = value.strip(_SPACE)
    while len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        value = value[1:-1].strip(_SPACE)
    return value


def any_env_is_set(names: Iterable[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether any of the variables is set. Raises TypeError for a bare string."""
    refuse_bare_string("names", names)
    return any(env_is_set(name, environ) for name in names)


def first_env_set(names: Iterable[str], environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the first variable that is set, or None. Raises TypeError for a bare string."""
    refuse_bare_string("names", names)
    return next((name for name in names if env_is_set(name, environ)), None)


def exponential_backoff(attempt: int, base_ms: int, max_ms: int) -> int:
    """Return ``base_ms * 2**attempt`` milliseconds, at most max_ms; attempt counts from 0."""
    return int(min(base_ms * 2 ** min(max(attempt, 0), 64), max_ms))


def calculate_retry_delay(
    attempt: int, base_ms: int, max_ms: int, *, random: Callable[[], float] = _random.random
) -> int:
    """Return the backoff in milliseconds with a jitter of ±25 %, but at most max_ms."""
    backoff = exponential_backoff(attempt, base_ms, max_ms)
    shortest, longest = 0.75 * backoff, min(1.25 * backoff, max_ms)
    return min(round(shortest + (longest - shortest) * random()), max_ms)


def is_success_status(status: int) -> bool:
    return 200 <= status < 300


def is_rate_limit_status(status: int) -> bool:
    return status == 429


def is_client_error(status: int) -> bool:
    return 400 <= status < 500


def is_server_error(status: int) -> bool:
    return 500 <= status < 600


def is_retryable_status(status: int) -> bool:
    """Return whether the request may succeed later: 408, 409, 429 and 5xx, as in vendors' SDKs."""
    return status in (408, 409) or is_rate_limit_status(status) or is_server_error(status)


def map_http_status(status: int) -> type[ConnectorError]:
    """Return the kind of error for a status that is no success; a body may be more exact."""
    return KIND_OF_REASON.get(REASON_OF_STATUS.get(status, ""), ApiRequestFailed)


def encode_message_array(messages: Iterable[ChatMessage]) -> bytes:
    """Return a JSON array of ``{"role", "content"}``. Raises TypeError for a bare string."""
    refuse_bare_string("messages", messages)
    return encode_json([{"role": message.role, "content": message.content} for message in messages])


def encode_string_array(strings: Iterable[str]) -> bytes:
    """Return a JSON array of strings. Raises TypeError for a bare string."""
    refuse_bare_string("strings", strings)
    return encode_json(list(strings))


def encode_json(data: Any) -> bytes:
    """Return data as JSON; half a surrogate pair in it becomes U+FFFD."""
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(data), ensure_ascii=False, separators=(",", ":"))
        return without_surrogates(text).encode()


def without_surrogates(text: str) -> str:
    """Return text with surrogate pairs joined and each lone surrogate replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def refuse_bare_string(name: str, value: object) -> None:
    """Raise TypeError for a string in place of a sequence: its letters would be the items."""
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(f"{name} takes a sequence, not a bare {type(value).__name__}; use a list")


def secure_wipe(buffer: bytearray) -> None:
    """Overwrite the buffer in place with zeros."""
    buffer[:] = bytes(len(buffer))
