"""A ChatRequest in the JSON of chat/completions, bent as a row's Dialect says."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

import msgspec

from connectors.chat import ChatRequest, Tool
from connectors.provider import Dialect
from connectors.shared import ChatMessage, ToolCall

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_encoder = msgspec.json.Encoder()


def encode_chat(
    request: ChatRequest, *, model: str | None, dialect: Dialect, is_stream: bool
) -> bytes:
    """Return the body of a request. What is not asked for is left out: many servers refuse unknown or null fields."""
    body: dict[str, Any] = {"messages": [_message(m, dialect) for m in request.messages]}
    if model is not None:
        body["model"] = model
    optional = {
        dialect.cap_field: request.max_tokens,
        "temperature": request.temperature,
        "stop": list(request.stop) or None,
        dialect.seed_field: request.seed,
        "tools": [encode_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request.tool_choice),
        "reasoning_effort": _effort(request, model, dialect),
    }
    body.update((name, value) for name, value in optional.items() if value is not None)
    if is_stream:
        body["stream"] = True
        if dialect.asks_stream_usage:
            body["stream_options"] = {"include_usage": True}
    return _encoder.encode(body)


def tool_id(call_id: str, length: int | None) -> str:
    """Return the id in the form a server takes, the same for the same id, so that a result still finds its call."""
    if length is None or re.fullmatch(rf"[A-Za-z0-9]{{{length}}}", call_id):
        return call_id
    digest = hashlib.sha256(call_id.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:length])


def encode_content(message: ChatMessage) -> str | list[dict[str, Any]]:
    """Return the text, or with images a list of parts."""
    if not message.images:
        return message.content
    images = [{"type": "image_url", "image_url": {"url": url}} for url in message.images]
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
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _message(message: ChatMessage, dialect: Dialect) -> dict[str, Any]:
    fields: dict[str, Any] = {"role": message.role, "content": encode_content(message)}
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
