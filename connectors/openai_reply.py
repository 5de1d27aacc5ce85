"""What chat/completions, embeddings and model lists answer: typed decoding with only the fields that are used."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Callable
from datetime import date
from typing import Any, Final, TypeVar

import msgspec

from connectors.chat import Completion, Model, Usage
from connectors.shared import ConnectorError, InvalidResponse, ToolCall
from connectors.thinking import ThinkSplitter

T = TypeVar("T")
Refuse = Callable[[object], ConnectorError]  # decoded JSON of an error -> the error

NONSENSE: Final = (msgspec.DecodeError, ValueError, RecursionError)
_FINISH_REASONS: Final = {
    "stop": "stop",
    "eos_token": "stop",
    "length": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
    "abort": "error",
}
_NOT_CHAT = re.compile(
    r"embed|rerank|whisper|\btts\b|dall-e|moderation|transcribe|realtime|sora|gpt-image|\bocr\b|\bbge-",
    re.IGNORECASE,
)


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


class _Embeddings(msgspec.Struct):
    data: list[_Embedding] | None = None
    error: Any = None


class _Entry(msgspec.Struct):
    id: str
    max_model_len: int | None = None
    max_context_length: int | None = None
    shutdown_date: str | None = None
    deprecation: str | None = None
    deprecation_replacement_model: str | None = None
    capabilities: dict[str, Any] | None = None
    aliases: list[str] | None = None


class _Entries(msgspec.Struct):
    data: list[_Entry] | None = None
    error: Any = None


reply_decoder = msgspec.json.Decoder(Reply)
_embeddings_decoder = msgspec.json.Decoder(_Embeddings)
_entries_decoder = msgspec.json.Decoder(_Entries)


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Return the decoded body, with half characters and lone surrogates replaced. Raises one of NONSENSE."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Small local models stream halves of a character; the standard library lets them pass.
        data = json.loads(body.decode("utf-8", "replace"), strict=False)
        return decoder.decode(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))


def completion(
    provider: str, body: bytes, refuse: Refuse, *, strips_think_block: bool = False
) -> Completion:
    """Return a whole answer. Raises what ``refuse`` makes of an error in its place, or InvalidResponse."""
    reply = _decoded(provider, reply_decoder, body)
    if reply.is_error or not reply.choices:
        raise _error_in(provider, body, refuse)
    choice = reply.choices[0]
    message = choice.message or choice.delta or Message()
    text, reasoning = split_content(message)
    if strips_think_block:
        text, block = _without_think_block(text)
        reasoning += block
    calls = ToolCallBuilder()
    calls.add(message.tool_calls)
    return Completion(
        text=text,
        reasoning=reasoning,
        model=reply.model,
        usage=usage_from(reply.usage),
        finish_reason=finish_reason(choice.finish_reason, has_calls=calls.has_any),
        finish_raw=choice.finish_reason,
        tool_calls=calls.calls(),
        refusal=message.refusal or "",
    )


def vectors(provider: str, body: bytes, refuse: Refuse, *, count: int) -> list[list[float]]:
    """Return the vectors in the order of their texts. Raises InvalidResponse unless there are count of them."""
    data = _decoded(provider, _embeddings_decoder, body).data
    if data is None:
        raise _error_in(provider, body, refuse)
    if len(data) != count:
        raise InvalidResponse(provider, summary=f"{len(data)} vectors came for {count} texts")
    if all(entry.index is not None for entry in data):
        data.sort(key=lambda entry: entry.index or 0)
    return [_vector(provider, entry.embedding) for entry in data]


def models(provider: str, body: bytes, refuse: Refuse) -> list[Model]:
    """Return the entries of a model list, in its order."""
    data = _decoded(provider, _entries_decoder, body).data
    if data is None:
        raise _error_in(provider, body, refuse)
    return [_model(entry) for entry in data]


def split_content(message: Message) -> tuple[str, str]:
    """Return (text, reasoning); content may be a string or, at Mistral, a list of parts."""
    content = message.content
    reasoning = message.reasoning or message.reasoning_content or ""
    if content is None or isinstance(content, str):
        return content or "", reasoning
    parts = [part for part in content if isinstance(part, dict)]
    thoughts = (_plain(part.get("thinking")) for part in parts if part.get("type") == "thinking")
    texts = (_plain(part) for part in parts if part.get("type") == "text")
    return "".join(texts), reasoning + "".join(thoughts)


def finish_reason(raw: str | None, *, has_calls: bool) -> str:
    """Return the common word. Calls count whatever the word: vLLM says ``stop`` for a named tool_choice."""
    return "tool_calls" if has_calls else _FINISH_REASONS.get(raw or "", "stop")


def usage_from(data: object) -> Usage | None:
    if not isinstance(data, dict):
        return None
    prompt, output = data.get("prompt_tokens_details"), data.get("completion_tokens_details")
    cached = _count(prompt.get("cached_tokens")) if isinstance(prompt, dict) else None
    return Usage(
        input_tokens=_count(data.get("prompt_tokens")),
        output_tokens=_count(data.get("completion_tokens")),
        cached_tokens=_count(data.get("num_cached_tokens")) if cached is None else cached,
        reasoning_tokens=_count(output.get("reasoning_tokens"))
        if isinstance(output, dict)
        else None,
    )


class ToolCallBuilder:
    """Puts tool calls together from deltas: by index, else by id, else onto the one before."""

    __slots__ = ("_calls", "_last")

    def __init__(self) -> None:
        self._calls: dict[object, list[str]] = {}  # id, name, arguments
        self._last: object = None

    @property
    def has_any(self) -> bool:
        return bool(self._calls)

    def add(self, deltas: object) -> None:
        for delta in deltas if isinstance(deltas, list) else ():
            if isinstance(delta, dict):
                self._add_one(delta)

    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(
            ToolCall(id=call_id, name=name, arguments=arguments or "{}")
            for call_id, name, arguments in self._calls.values()
        )

    def _add_one(self, delta: dict[str, Any]) -> None:
        index, call_id = delta.get("index"), _string(delta.get("id")).replace("null", "")
        key = index if isinstance(index, int) else call_id or self._last
        self._last = key
        call = self._calls.setdefault(key, ["", "", ""])
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
        # Set once: llama.cpp repeats id and name in every delta.
        call[0] = call[0] or call_id
        call[1] = call[1] or _string(function.get("name"))
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            call[2] += arguments
        elif arguments is not None:  # Mistral may send the object itself
            call[2] += msgspec.json.encode(arguments).decode()


def _decoded(provider: str, decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decode(decoder, body)
    except NONSENSE as error:
        summary = "the reply is a web page, not JSON; check the address"
        is_page = body.lstrip().startswith(b"<")
        summary = summary if is_page else "the reply is not the JSON that was expected"
        raise InvalidResponse(provider, summary=summary) from error


def _error_in(provider: str, body: bytes, refuse: Refuse) -> ConnectorError:
    data = _decoded(provider, msgspec.json.Decoder(Any), body)
    if isinstance(data, dict) and any(data.get(name) for name in ("error", "message", "detail")):
        return refuse(data)
    return InvalidResponse(provider, summary="the reply holds no answer")


def _without_think_block(text: str) -> tuple[str, str]:
    splitter = ThinkSplitter()
    answer, thought = splitter.feed(text)
    rest, last_thought = splitter.finish()
    return answer + rest, thought + last_thought


def _vector(provider: str, embedding: str | list[Any]) -> list[float]:
    if isinstance(embedding, str):
        return _unpacked(provider, embedding)
    if len(embedding) == 1 and isinstance(embedding[0], list):
        embedding = embedding[0]
    if not all(isinstance(value, int | float) for value in embedding):
        # llama.cpp without pooling gives a vector per token.
        raise InvalidResponse(provider, summary="the server gave no single vector per text")
    return [float(value) for value in embedding]


def _unpacked(provider: str, packed: str) -> list[float]:
    try:
        raw = base64.b64decode(packed, validate=True)
        return list(struct.unpack(f"<{len(raw) // 4}f", raw))
    except (binascii.Error, struct.error) as error:
        raise InvalidResponse(provider, summary="a vector is not base64 float32") from error


def _model(entry: _Entry) -> Model:
    can_chat = (entry.capabilities or {}).get("completion_chat")
    return Model(
        id=entry.id,
        is_chat=can_chat if isinstance(can_chat, bool) else not _NOT_CHAT.search(entry.id),
        context_length=entry.max_model_len or entry.max_context_length,
        shutdown=_date(entry.shutdown_date or entry.deprecation),
        successor=entry.deprecation_replacement_model,
        aliases=tuple(entry.aliases or ()),
    )


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if value else None
    except ValueError:
        return None


def _plain(value: object) -> str:
    """Return the text of a part, or of a list of parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _string(value.get("text"))
    return "".join(map(_plain, value)) if isinstance(value, list) else ""


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
