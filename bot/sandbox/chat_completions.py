"""Requests and responses of OpenAI's chat completions."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.script import Reply

CREATED = 1767225600
ERROR_CODES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("server_error", "server_is_overloaded"),
}


def error_json(status: int, message: str) -> dict[str, Any]:
    kind, code = ERROR_CODES.get(status, ("server_error", None))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def model_json(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "sandbox"}


def turns(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the role and the text of each message of a request."""
    messages = asked.get("messages") or []
    return [(str(m.get("role")), _text(m.get("content"))) for m in messages]


def _text(content: object) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text") or "") for part in content)
    return str(content or "")


def completion(asked: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    """Return a whole answer, as a request without ``stream`` gets it."""
    message: dict[str, Any] = {"role": "assistant", "content": "".join(reply.chunks)}
    if reply.reasoning:
        message["reasoning_content"] = "".join(reply.reasoning)
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    body = _envelope("chat.completion", asked, [choice])
    return body if reply.usage is None else body | {"usage": _usage(reply.usage)}


def event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def delta(
    asked: Mapping[str, Any], changed: Mapping[str, str], finish_reason: str | None = None
) -> bytes:
    """Return the event of one chunk."""
    choice = {"index": 0, "delta": changed, "finish_reason": finish_reason}
    return event(_envelope("chat.completion.chunk", asked, [choice]))


def ending(asked: Mapping[str, Any], reply: Reply) -> bytes:
    """Return the last events: finish reason, usage if asked for, and ``[DONE]``."""
    last = b"" if reply.finish_reason is None else delta(asked, {}, reply.finish_reason)
    wants_usage = (asked.get("stream_options") or {}).get("include_usage")
    if wants_usage and reply.usage is not None:
        usage = {"usage": _usage(reply.usage)}
        last += event(_envelope("chat.completion.chunk", asked, []) | usage)
    return last + b"data: [DONE]\n\n"


def _envelope(
    kind: str, asked: Mapping[str, Any], choices: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    made: dict[str, Any] = {"id": "chatcmpl-sandbox", "object": kind, "created": CREATED}
    return made | {"model": asked.get("model"), "choices": choices}


def _usage(usage: tuple[int, int]) -> dict[str, int]:
    sent, received = usage
    return {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
