"""Ollama's own API: chat, generation and embeddings.

Source: github.com/ollama/ollama, docs/api.md and api/types.go.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connectors.chat import ChatRequest, Model
from connectors.shared import ApiRequestFailed, ChatMessage, ConnectorError, Role, encode_json
from connectors.wires.call import Call
from connectors.wires.chat_models import is_same_model
from connectors.wires.generator import GeneratorWire
from connectors.wires.images import inline_image
from connectors.wires.ollama.reply import (
    AnswerDecoder,
    completion,
    loaded_lengths,
    models,
    shown_length,
    vectors,
)
from connectors.wires.openai.request import encode_tool
from connectors.wires.request_checks import (
    count_of,
    given,
    role_of,
    seed_of,
    spoken,
    stops_of,
    top_k_of,
    within,
)

EMBED_BATCH: Final = 256
_LEVELS: Final = {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}


class OllamaWire(GeneratorWire):
    """Chat, generation and embeddings of an Ollama server.

    ``keep_alive`` is how long the model stays in memory after a request: ``"5m"``, seconds, 0
    (unload at once) or -1 (for ever); None is the server's default.
    """

    chat_path = "chat"

    keep_alive: str | float | None = None

    async def models(self) -> list[Model]:
        """Return the installed models, loaded or not."""
        return await self._get("tags", models)

    async def context_length(self, model: str | None = None) -> int | None:
        """Return the length of a model as it is in memory, else the one it is made for."""
        wanted = await self._choice.for_chat(model)
        if wanted is None:
            return None
        loaded = await self._lengths_in_memory()
        found = next((loaded[name] for name in loaded if is_same_model(name, wanted)), None)
        return found or await self._length_shown(wanted)

    async def _lengths_in_memory(self) -> dict[str, int]:
        try:
            return await self._get("ps", loaded_lengths, retries=0)
        except ConnectorError as error:
            if error.status is None and error.reason in ("unavailable", "timeout"):
                raise
            return {}  # an older version

    async def _length_shown(self, model: str) -> int | None:
        body, read = encode_json({"model": model}), self._reader(shown_length)
        timeouts = self._endpoint.short_timeouts()
        return await self._endpoint.fetch(
            "POST", "show", body, read=read, timeouts=timeouts, retries=0
        )

    async def embed(self, texts: Sequence[str], *, model: str | None = None) -> list[list[float]]:
        """Return one vector of unit length per text, in order, in batches of EMBED_BATCH."""
        return await self._embed(texts, EMBED_BATCH, model, self._embed_batch)

    async def _embed_batch(self, model: str | None, texts: list[str]) -> list[list[float]]:
        body = self._kept({"model": model, "input": texts})
        return await self._post("embed", body, vectors, texts=len(texts))

    async def _chat_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        body = await self._common(request, is_stream=is_stream)
        body["messages"] = encode_messages(self._name, request.messages)
        if request.tools and request.tool_choice != "none":
            body["tools"] = [encode_tool(tool) for tool in request.tools]
        return self._answered(self.chat_path, body)

    async def _generate_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        body = await self._common(request, is_stream=is_stream)
        body["prompt"] = request.messages[0].content
        return self._answered("generate", body)

    async def _common(self, request: ChatRequest, *, is_stream: bool) -> dict[str, Any]:
        model = await self._chosen(request)
        if model is None:
            summary = "no chat model is installed; pull one, or set OLLAMA_MODEL"
            raise ApiRequestFailed(self._name, reason="not_found", summary=summary)
        # Without "stream" the server streams. Without "truncate" it silently drops the beginning of
        # a long prompt; with it, the reply is a 400 (ignored by 0.12 and older).
        body: dict[str, Any] = {"model": model, "stream": is_stream, "truncate": False}
        if options := _options(request):
            body["options"] = options
        if request.reasoning_effort is not None:
            body["think"] = _think(model, request.reasoning_effort)
        return body

    async def _chosen(self, request: ChatRequest) -> str | None:
        """Return the model of a request. Raise ApiRequestFailed if it runs elsewhere and must not.

        Where none is named that stays here, it is the first installed one that does.
        """
        model = await self._choice.for_chat(request.model)
        if not request.stays_local or model is None:
            return model
        listed = await self.models()
        if any(is_same_model(m.id, model) and not m.is_remote for m in listed):
            return model
        if request.model is not None:
            raise ApiRequestFailed(self._name, reason="not_local")
        return next((m.id for m in listed if m.is_chat and not m.is_remote), None)

    def _answered(self, path: str, body: dict[str, Any]) -> Call:
        encoded = encode_json(self._kept(body))
        return self._call(path, encoded, body["model"], completion, AnswerDecoder)

    def _kept(self, body: dict[str, Any]) -> dict[str, Any]:
        return body if self.keep_alive is None else body | {"keep_alive": self.keep_alive}


def encode_messages(provider: str, messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Return the turns; a tool's result is named after its call. Raises for linked images."""
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    return [_message(provider, message, names) for message in spoken(messages)]


def _message(provider: str, message: ChatMessage, names: Mapping[str, str]) -> dict[str, Any]:
    role = role_of(message)
    fields: dict[str, Any] = {"role": role, "content": message.content}
    if message.images:
        fields["images"] = [_base64(provider, url) for url in message.images]
    if message.tool_calls:
        fields["tool_calls"] = [
            {"id": call.id, "function": {"name": call.name, "arguments": call.parsed() or {}}}
            for call in message.tool_calls
        ]
    if role == Role.TOOL and message.tool_call_id is not None:
        fields["tool_call_id"] = message.tool_call_id
        fields["tool_name"] = names.get(message.tool_call_id, "")
    return fields


def _base64(provider: str, url: str) -> str:
    image = inline_image(url)
    if image is None:
        summary = "it takes images only as data: URLs, not as links"
        raise ApiRequestFailed(provider, reason="bad_request", summary=summary)
    return image.data


def _options(request: ChatRequest) -> dict[str, Any]:
    options = {
        "num_predict": count_of(request.max_tokens),
        "temperature": within(request.temperature, 0.0, 2.0),
        "top_p": within(request.top_p, 0.0, 1.0),
        "top_k": top_k_of(request.top_k),
        "stop": stops_of(request.stop),
        "seed": seed_of(request.seed),
    }
    return given(options)


def _think(model: str, effort: str) -> str | bool:
    # Only gpt-oss has levels, and it always thinks.
    return _LEVELS.get(effort, effort) if "gpt-oss" in model else effort != "none"
