"""The body of chat/completions, with the deviations of a Dialect."""

import hashlib
import re
from typing import Any, Final

from connectors.chat import ChatRequest, Tool
from connectors.provider import Dialect
from connectors.shared import ChatMessage, ToolCall, encode_json, without_surrogates
from connectors.wires.images import image_url
from connectors.wires.request_checks import (
    arguments_of,
    count_of,
    given,
    role_of,
    seed_of,
    spoken,
    stops_of,
    top_k_of,
    within,
)

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LEAST_TOP_P: Final = 0.01  # vLLM and TGI refuse 0


def encode_chat(
    request: ChatRequest, *, model: str | None, dialect: Dialect, is_stream: bool
) -> bytes:
    """Return the body of a request, without null fields, which many servers refuse."""
    asks_usage = is_stream and dialect.asks_stream_usage
    body = {
        "messages": [_message(m, dialect) for m in spoken(request.messages)],
        "model": model,
        dialect.cap_field: count_of(request.max_tokens),
        "temperature": within(request.temperature, 0.0, dialect.max_temperature),
        "top_p": within(request.top_p, LEAST_TOP_P, 1.0),
        "top_k": top_k_of(request.top_k) if dialect.takes_top_k else None,
        "stop": stops_of(request.stop, dialect.max_stops),
        dialect.seed_field: seed_of(request.seed),
        "tools": [encode_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request.tool_choice) if request.tools else None,
        "reasoning_effort": _effort(request, model, dialect),
        "stream": is_stream or None,
        "stream_options": {"include_usage": True} if asks_usage else None,
    }
    return encode_json(given(body))


def tool_id(call_id: str, length: int | None) -> str:
    """Return an id in the form of the server, always the same for the same id."""
    if length is None or re.fullmatch(rf"[A-Za-z0-9]{{{length}}}", call_id):
        return call_id
    digest = hashlib.sha256(without_surrogates(call_id).encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])


def encode_content(message: ChatMessage) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content
    images = [{"type": "image_url", "image_url": {"url": image_url(url)}} for url in message.images]
    return [{"type": "text", "text": message.content}, *images]


def encode_tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}


def encode_tool_call(call: ToolCall, id_length: int | None = None) -> dict[str, Any]:
    return {
        "id": tool_id(call.id, id_length),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments_of(call)},
    }


def _message(message: ChatMessage, dialect: Dialect) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": role_of(message), "content": encode_content(message)}
    if message.tool_calls:
        fields["content"] = fields["content"] or dialect.content_beside_calls
        fields["tool_calls"] = [
            encode_tool_call(call, dialect.tool_id_length) for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        fields["tool_call_id"] = tool_id(message.tool_call_id, dialect.tool_id_length)
    return fields


def _tool_choice(choice: str | None) -> str | dict[str, Any] | None:
    if choice is None or choice in ("auto", "none", "required"):
        return choice
    return {"type": "function", "function": {"name": choice}}


def _effort(request: ChatRequest, model: str | None, dialect: Dialect) -> str | None:
    effort = request.reasoning_effort
    if effort is not None:
        return dialect.efforts.get(effort, effort)
    pattern = dialect.no_effort_with_tools
    return "none" if request.tools and pattern and model and pattern.match(model) else None
