"""Anthropic's Messages API: chat, streams and models. Source: docs.claude.com/en/api/messages."""

import re
from typing import Any, Final
from urllib.parse import quote

from connectors.chat import ChatRequest, Model, Tool
from connectors.shared import ChatMessage, Role, encode_json
from connectors.wires.anthropic.reply import MessagesDecoder, completion, models_page
from connectors.wires.call import Call
from connectors.wires.images import inline_image
from connectors.wires.openai.request import tool_id
from connectors.wires.request_checks import count_of, given, top_k_of, within
from connectors.wires.wire import Wire

MAX_TOKENS: Final = 4096  # the API requires a number
PAGES: Final = 20
_EFFORTS: Final = {"minimal": "low"}
# Opus 4.7 and all models from generation 5 on refuse a temperature.
_NO_TEMPERATURE: Final = re.compile(r"claude-(opus-4-[7-9]|(sonnet|opus|haiku)-[5-9]|fable|mythos)")
# Models from 4.1 on take a temperature or top_p, not both.
_ONE_OF_BOTH: Final = re.compile(r"claude-(opus|sonnet|haiku)-4-[1-9]\b")
_SYSTEM: Final = (Role.SYSTEM, "developer")
_CACHED: Final = {"cache_control": {"type": "ephemeral"}}
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class AnthropicWire(Wire):
    """Chat and streams over ``/v1/messages``, without seeds and embeddings."""

    chat_path = "messages"

    async def models(self) -> list[Model]:
        """Return all pages of the model list."""
        listed: list[Model] = []
        after: str | None = None
        for _ in range(PAGES):
            place = f"&after_id={quote(after)}" if after else ""
            page, after = await self._get(f"models?limit=1000{place}", models_page)
            listed += page
            if after is None:
                break
        return listed

    async def _chat_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        model = await self._choice.named_for_chat(request.model)
        body = encode(request, model=model, is_stream=is_stream)
        return self._call(self.chat_path, body, model, completion, MessagesDecoder)


def encode(request: ChatRequest, *, model: str | None, is_stream: bool) -> bytes:
    """Return the body of a request, without a temperature for models that refuse one."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": count_of(request.max_tokens) or MAX_TOKENS,
        "messages": _turns(request),
    }
    system = [m.content for m in request.messages if m.role in _SYSTEM and m.content.strip()]
    optional = {
        "system": "\n\n".join(system) or None,
        **_sampling(request, model),
        "stop_sequences": [stop for stop in request.stop if stop.strip()] or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _tool_choice(request.tool_choice) if request.tools else None,
        **_thinking(request.reasoning_effort),
        "stream": is_stream or None,
    }
    return encode_json(body | given(optional))


def _turns(request: ChatRequest) -> list[dict[str, Any]]:
    """Return alternating turns; the results of several calls share one, before any text.

    What is cached ends with the last block of the stable messages.
    """
    turns: list[dict[str, Any]] = []
    for at, message in enumerate(request.messages):
        if at == request.stable and turns:
            turns[-1]["content"][-1] |= _CACHED
        if message.role in _SYSTEM:
            continue
        role = "assistant" if message.role == Role.ASSISTANT else "user"
        blocks = _blocks(message)
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:  # an empty turn is refused
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: ChatMessage) -> list[dict[str, Any]]:
    if message.role in (Role.TOOL, Role.FUNCTION):
        call_id = _id(message.tool_call_id or "")
        return [{"type": "tool_result", "tool_use_id": call_id, "content": message.content}]
    blocks = [{"type": "image", "source": _source(url)} for url in message.images]
    if message.content.strip():
        blocks.append({"type": "text", "text": message.content})
    return blocks + [
        {"type": "tool_use", "id": _id(call.id), "name": call.name, "input": call.parsed() or {}}
        for call in message.tool_calls
    ]


def _source(url: str) -> dict[str, str]:
    image = inline_image(url)
    if image is None:
        return {"type": "url", "url": url}
    return {"type": "base64", "media_type": image.media_type, "data": image.data}


def _id(call_id: str) -> str:
    return call_id if _ID.fullmatch(call_id) else tool_id(call_id, 20)


def _sampling(request: ChatRequest, model: str | None) -> dict[str, float | None]:
    if model is not None and _NO_TEMPERATURE.match(model):
        return {}
    temperature = within(request.temperature, 0.0, 1.0)  # 2 for other providers
    takes_both = temperature is None or model is None or not _ONE_OF_BOTH.match(model)
    return {
        "temperature": temperature,
        "top_p": within(request.top_p, 0.0, 1.0) if takes_both else None,
        "top_k": top_k_of(request.top_k),
    }


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": dict(tool.parameters),
    }


def _tool_choice(choice: str | None) -> dict[str, str] | None:
    if choice is None or choice in ("auto", "none"):
        return {"type": choice} if choice else None
    return {"type": "any"} if choice == "required" else {"type": "tool", "name": choice}


def _thinking(effort: str | None) -> dict[str, Any]:
    if effort is None:
        return {}
    if effort == "none":
        return {"thinking": {"type": "disabled"}}
    return {
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": _EFFORTS.get(effort, effort)},
    }
