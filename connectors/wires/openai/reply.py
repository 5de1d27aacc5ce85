"""Replies of OpenAI's API, whole and streamed; only the fields in use are decoded."""

import base64
import struct
from typing import Any, Final

import msgspec

from connectors.chat import Completion, Model, Usage
from connectors.shared import InvalidResponse
from connectors.wires.chat_models import is_chat_entry, sees_images
from connectors.wires.decoders.lenient import plain_text
from connectors.wires.decoders.tool_calls import ToolCallBuilder
from connectors.wires.finish_reasons import finish_reason
from connectors.wires.reply import Refuse, count, day, decode_body, entries, error_in, vector

_TEXTS: Final = ("text", "output_text")


class Message(msgspec.Struct, gc=False):
    content: str | list[Any] | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None
    tool_calls: Any = None


class Choice(msgspec.Struct, gc=False):
    delta: Message | None = None
    message: Message | None = None
    finish_reason: str | None = None
    index: int | None = None
    finish_word: str | None = msgspec.field(name="finishReason", default=None)  # gateways to Gemini


class Reply(msgspec.Struct, gc=False):
    """A whole completion, one chunk of a streamed one, or an error in its place."""

    choices: list[Choice] | None = None
    model: str | None = None
    usage: Any = None
    error: Any = None
    object: str | None = None

    @property
    def is_error(self) -> bool:
        return bool(self.error) or self.object == "error"


class _Embedding(msgspec.Struct):
    embedding: str | list[Any]
    index: int | None = None


class _Entry(msgspec.Struct):
    id: str
    max_model_len: int | None = None
    max_context_length: int | None = None
    loaded_context_length: int | None = None  # LM Studio: as it is in memory
    context_length: int | None = None
    providers: Any = None  # Hugging Face: who serves it
    shutdown_date: str | None = None
    deprecation: Any = None
    deprecation_replacement_model: str | None = None
    capabilities: Any = None
    type: Any = None
    task: Any = None
    pipeline_tag: Any = None
    mode: Any = None
    architecture: Any = None
    output_modalities: Any = None
    input_modalities: Any = None
    supports_vision: Any = None
    state: Any = None  # LM Studio: whether it is in memory
    aliases: list[str] | None = None


reply_decoder = msgspec.json.Decoder(Reply)


def completion(provider: str, body: bytes, refuse: Refuse) -> Completion:
    """Return a whole answer. Raises the error that the body holds, or InvalidResponse."""
    reply = decode_body(provider, reply_decoder, body)
    if reply.is_error or not reply.choices:
        raise error_in(provider, body, refuse)
    choice = next((one for one in reply.choices if not one.index), reply.choices[0])
    message = choice.message or choice.delta
    if message is None:
        raise error_in(provider, body, refuse)
    text, reasoning = split_content(message)
    calls = ToolCallBuilder()
    calls.add(message.tool_calls)
    finish_raw = choice.finish_reason or choice.finish_word
    return Completion(
        text=text,
        reasoning=reasoning,
        model=reply.model,
        usage=usage_from(reply.usage),
        finish_reason=finish_reason(finish_raw, has_calls=calls.has_any),
        finish_raw=finish_raw,
        tool_calls=calls.calls(),
        refusal=message.refusal or "",
    )


def vectors(provider: str, body: bytes, refuse: Refuse, *, texts: int) -> list[list[float]]:
    """Return the vectors in order. Raises InvalidResponse unless there is one per text."""
    data = entries(provider, body, refuse, _Embedding, "data", "embeddings")
    if len(data) != texts:
        raise InvalidResponse(provider, summary=f"{len(data)} vectors came for {texts} texts")
    if all(entry.index is not None for entry in data):
        data.sort(key=lambda entry: entry.index or 0)
    return [_vector(provider, entry.embedding) for entry in data]


def models(provider: str, body: bytes, refuse: Refuse) -> list[Model]:
    """Return the models as listed, but those in memory first, if the list says so."""
    listed = entries(provider, body, refuse, _Entry, "data", "models")
    listed.sort(key=lambda entry: entry.state not in (None, "loaded"))
    return [_model(entry) for entry in listed]


def split_content(message: Message) -> tuple[str, str]:
    """Return (text, reasoning); content may be a string or, at Mistral, a list of parts."""
    content = message.content
    reasoning = message.reasoning or message.reasoning_content or ""
    if content is None or isinstance(content, str):
        return content or "", reasoning
    parts = [{"text": part} if isinstance(part, str) else part for part in content]
    parts = [part for part in parts if isinstance(part, dict)]
    thoughts = (
        plain_text(part.get("thinking")) for part in parts if part.get("type") == "thinking"
    )
    texts = (plain_text(part) for part in parts if part.get("type", "text") in _TEXTS)
    return "".join(texts), reasoning + "".join(thoughts)


def usage_from(data: object) -> Usage | None:
    if not isinstance(data, dict):
        return None
    prompt, output = data.get("prompt_tokens_details"), data.get("completion_tokens_details")
    cached = count(prompt.get("cached_tokens")) if isinstance(prompt, dict) else None
    reasoning = output.get("reasoning_tokens") if isinstance(output, dict) else None
    return Usage(
        input_tokens=count(data.get("prompt_tokens")),
        output_tokens=count(data.get("completion_tokens")),
        cached_tokens=count(data.get("num_cached_tokens")) if cached is None else cached,
        reasoning_tokens=count(reasoning),
    )


def _vector(provider: str, embedding: str | list[Any]) -> list[float]:
    if not isinstance(embedding, str):
        return vector(provider, embedding)
    try:
        raw = base64.b64decode(embedding, validate=True)
        return vector(provider, list(struct.unpack(f"<{len(raw) // 4}f", raw)))
    except (ValueError, struct.error) as error:
        raise InvalidResponse(provider, summary="a vector is not base64 float32") from error


def _context_length(entry: _Entry) -> int | None:
    """Return what a model takes for certain: the least of those who may serve it."""
    servers = entry.providers if isinstance(entry.providers, list) else []
    lengths = [count(server.get("context_length")) for server in servers if _is_live(server)]
    said = (entry.max_model_len, entry.loaded_context_length, entry.max_context_length)
    known = next(filter(None, (*said, entry.context_length)), None)
    return known or min(filter(None, lengths), default=None)


def _is_live(server: object) -> bool:
    return isinstance(server, dict) and server.get("status", "live") == "live"


def _model(entry: _Entry) -> Model:
    fields = msgspec.structs.asdict(entry)
    return Model(
        id=entry.id,
        is_chat=is_chat_entry(entry.id, fields),
        sees_images=sees_images(fields),
        context_length=_context_length(entry),
        shutdown=day(entry.shutdown_date or entry.deprecation),
        successor=entry.deprecation_replacement_model,
        aliases=tuple(entry.aliases or ()),
    )
