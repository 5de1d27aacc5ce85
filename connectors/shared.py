"""The words every connector uses: messages, errors, and the small rules around environment, status and waiting."""

from __future__ import annotations

import os
import random as _random
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final

import msgspec

DETAIL_LIMIT: Final = 500
_QUOTES: Final = "\"'"
# Of the characters that cannot be seen, those that a copy from a page or a file of Windows brings along.
_SPACE: Final = " \t\r\n\v\f\u00a0\u200b\u2060\ufeff"
_BLANK: Final = _SPACE + _QUOTES

RETRYABLE_REASONS: Final = frozenset(
    {"rate_limit", "overloaded", "loading", "unavailable", "server", "timeout", "truncated"}
)

SUMMARIES: Final[Mapping[str, str]] = {
    "auth": "the key was refused",
    "bad_request": "the request was refused",
    "billing": "the account has no credit left",
    "content_filter": "a content filter refused the question",
    "context_length": "the conversation is too long for the model",
    "gone": "the address or model no longer exists",
    "malformed_key": "the key holds characters that no key has",
    "loading": "the model is still loading",
    "not_found": "the model was not found",
    "overloaded": "the servers are overloaded",
    "permission": "the key may not do this",
    "rate_limit": "too many requests",
    "server": "the server failed",
    "timeout": "no answer in time",
    "too_large": "the request or reply is too large",
    "truncated": "the reply broke off",
    "unavailable": "the service cannot be reached",
    "validation": "a field of the request was refused",
    "wrong_address": "nothing answers at the address; check it",
}

# Other 4xx are "bad_request", other 5xx "server".
REASON_OF_STATUS: Final[Mapping[int, str]] = {
    401: "auth",
    402: "billing",
    403: "permission",
    404: "wrong_address",
    405: "wrong_address",
    407: "unavailable",
    408: "timeout",
    409: "unavailable",
    410: "gone",
    413: "too_large",
    421: "wrong_address",
    422: "validation",
    429: "rate_limit",
    451: "permission",
    498: "auth",
    501: "wrong_address",
    504: "timeout",
    524: "timeout",
    529: "overloaded",
} | dict.fromkeys((502, 503, 520, 521, 522, 523, 525, 526, 527, 530), "unavailable")

HOST_NOT_FOUND: Final = "its host name was not found"


class Role:
    """Who speaks in a message."""

    SYSTEM: Final = "system"
    USER: Final = "user"
    ASSISTANT: Final = "assistant"
    FUNCTION: Final = "function"
    TOOL: Final = "tool"


class ToolCall(msgspec.Struct, frozen=True, gc=False):
    """A call the model wants made; arguments is the JSON text exactly as it came, ``{}`` when empty."""

    id: str
    name: str
    arguments: str = "{}"

    def parsed(self) -> dict[str, Any] | None:
        """Return the arguments as a dict, or None when they are cut off, not JSON or no object."""
        try:
            arguments = msgspec.json.decode(self.arguments)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return None
        return arguments if isinstance(arguments, dict) else None


class ChatMessage(msgspec.Struct, frozen=True):
    """One turn. ``images`` are https: or data: URLs; ``tool_call_id`` names the call a TOOL turn answers."""

    role: str
    content: str
    images: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None

    def __post_init__(self) -> None:
        refuse_bare_string("images", self.images)
        refuse_bare_string("tool_calls", self.tool_calls)


class ConnectorError(Exception):
    """Something a provider did or said; ``reason`` is the exact word for it, one of ``SUMMARIES``.

    ``str()`` holds only our own words and never a key or a prompt. The provider's own text is in ``detail``:
    bounded, with everything that looks like a key taken out, but a provider may quote the prompt in it.
    """

    default_reason: ClassVar[str] = "server"
    was_sent = True  # False where there was no connection, so that nobody has seen the request

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
        facts = (
            ("status", self.status),
            ("code", self.provider_code),
            ("request", self.request_id),
        )
        known = ", ".join(f"{name} {value}" for name, value in facts if value is not None)
        return f"{self.provider}: {self.summary}" + (f" ({known})" if known else "")


class MissingApiKey(ConnectorError):
    """No usable key is set, or it has been wiped."""

    default_reason = "auth"


class ApiRequestFailed(ConnectorError):
    """The provider refused or failed, or could not be reached."""


class InvalidResponse(ConnectorError):
    """The reply broke off or made no sense."""


class UnmarkedEnd(InvalidResponse):
    """A stream ended in the regular way after some text, and nothing said that the answer is whole."""


class RateLimitExceeded(ConnectorError):
    """Too many requests; ``retry_after`` says for how many seconds, if the provider did."""

    default_reason = "rate_limit"


class Timeout(ConnectorError):
    """Nothing came in the time allowed."""

    default_reason = "timeout"


class OutOfMemory(ConnectorError):
    """A server ran out of memory, or a reply outgrew its cap."""

    default_reason = "too_large"


KIND_OF_REASON: Final[Mapping[str, type[ConnectorError]]] = {
    "rate_limit": RateLimitExceeded,
    "timeout": Timeout,
    "truncated": InvalidResponse,
}

_KEY_LIKE = re.compile(
    r"(?i:\bbearer\s+)\S+"
    r"|\b(?:sk|pk|hf|gsk|xai|key|api)[-_][\w*.-]{8,}"
    r"|\b(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9]{28,}\b"
)


def without_keys(text: str) -> str:
    """Return text with whatever looks like an API key replaced by ``***``."""
    return _KEY_LIKE.sub("***", text)


def env_is_set(name: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the variable holds more than white space and quotes, without copying its value."""
    value: str | bytes | None
    if environ is os.environ and os.supports_bytes_environ:
        # os.environ decodes into a new string on every look; environb hands out the stored bytes.
        value = os.environb.get(os.fsencode(name))
    else:
        value = environ.get(name)
    blank: str | bytes = _BLANK.encode() if isinstance(value, bytes) else _BLANK
    return value is not None and any(char not in blank for char in value)


def env_value(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return what was typed into the variable, as ``typed`` reads it; empty when it is not set."""
    return typed(environ.get(name, ""))


def typed(value: str) -> str:
    """Return the value without what surrounds it by accident.

    That is white space, a byte order mark, and quotes of one kind around the whole: ``docker --env-file`` keeps them.
    """
    value = value.strip(_SPACE)
    while len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        value = value[1:-1].strip(_SPACE)
    return value


def any_env_is_set(names: Iterable[str], environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether any of the variables is set. Raises TypeError for a bare string."""
    refuse_bare_string("names", names)
    return any(env_is_set(name, environ) for name in names)


def first_env_set(names: Iterable[str], environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the first of the variables that is set, or None. Raises TypeError for a bare string."""
    refuse_bare_string("names", names)
    return next((name for name in names if env_is_set(name, environ)), None)


def exponential_backoff(attempt: int, base_ms: int, max_ms: int) -> int:
    """Return ``base_ms * 2**attempt`` milliseconds, at most max_ms; attempt counts from 0, and less counts as 0."""
    return int(min(base_ms * 2 ** min(max(attempt, 0), 64), max_ms))


def calculate_retry_delay(
    attempt: int, base_ms: int, max_ms: int, *, random: Callable[[], float] = _random.random
) -> int:
    """Return the backoff in milliseconds, spread by ±25 % so that clients do not come back together.

    Never more than max_ms: what has reached it is spread over the quarter below it.
    """
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
    """Return whether the same request may succeed later: 408, 409, 429 and all 5xx, as the vendors' SDKs do."""
    return status in (408, 409, 429) or is_server_error(status)


def map_http_status(status: int) -> type[ConnectorError]:
    """Return the kind of error for a status that is no success; a body may be more exact."""
    return KIND_OF_REASON.get(REASON_OF_STATUS.get(status, ""), ApiRequestFailed)


def encode_message_array(messages: Iterable[ChatMessage]) -> bytes:
    """Return a JSON array of ``{"role", "content"}``; images and tool calls differ by wire and are left out.

    Raises TypeError for a bare string.
    """
    refuse_bare_string("messages", messages)
    return encode_json([{"role": message.role, "content": message.content} for message in messages])


def encode_string_array(strings: Iterable[str]) -> bytes:
    """Return a JSON array of strings. Raises TypeError for a bare string, which would become its letters."""
    refuse_bare_string("strings", strings)
    return encode_json(list(strings))


def encode_json(data: Any) -> bytes:
    """Return data as JSON; half a surrogate pair anywhere in it becomes U+FFFD."""
    try:
        return msgspec.json.encode(data)
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(data))


def without_surrogates(text: str) -> str:
    """Return text that can be sent: pairs of surrogates joined, and U+FFFD in the place of halves."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _without_surrogates(data: Any) -> Any:
    if isinstance(data, str):
        return without_surrogates(data)
    if isinstance(data, Mapping):
        return {_without_surrogates(name): _without_surrogates(item) for name, item in data.items()}
    if isinstance(data, list | tuple):
        return [_without_surrogates(item) for item in data]
    return data


def refuse_bare_string(name: str, value: object) -> None:
    """Raise TypeError when a string stands where a sequence is meant: Python would take its letters for the items."""
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError(
            f"{name} takes a sequence, not a bare {type(value).__name__}; wrap it in a list"
        )


def secure_wipe(buffer: bytearray) -> None:
    """Overwrite the buffer with zeros where it lies; its length stays."""
    for index in range(len(buffer)):
        buffer[index] = 0
