"""Replies of Cohere, whole and streamed; only the fields in use are decoded."""

from contextlib import suppress
from typing import Any

import msgspec

from connectors.chat import Chunk, Completion, Model, Ranked, Usage
from connectors.shared import InvalidResponse
from connectors.wires import reply
from connectors.wires.chat_models import sees_images
from connectors.wires.decoders import lenient
from connectors.wires.decoders.lenient import any_decoder, decode, string
from connectors.wires.decoders.tool_calls import ToolCallBuilder
from connectors.wires.finish_reasons import finish_reason
from connectors.wires.reply import Refuse, count, decode_body, entries, error_in
from connectors.wires.stream import EventDecoder


class _Message(msgspec.Struct, gc=False):
    """Part of an answer or an event; in events, content and tool_calls are objects, not lists."""

    content: Any = None
    tool_plan: str | None = None
    tool_calls: Any = None


class _Answer(msgspec.Struct, gc=False):
    message: Any = None
    finish_reason: str | None = None
    usage: Any = None
    error: Any = None


class _Delta(msgspec.Struct, gc=False):
    message: _Message | None = None
    finish_reason: str | None = None
    usage: Any = None
    error: Any = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    index: int | None = None
    delta: Any = None
    error: Any = None


class _Types(msgspec.Struct):
    float: list[Any] | None = None


class _Vectors(msgspec.Struct):
    embeddings: _Types | list[Any] | None = None


class _Result(msgspec.Struct):
    index: int
    relevance_score: float


class _Entry(msgspec.Struct):
    name: str
    endpoints: list[str] | None = None
    context_length: float | None = None
    supports_vision: Any = None


class _Page(msgspec.Struct):
    next_page_token: str | None = None


_answer_decoder = msgspec.json.Decoder(_Answer)
_event_decoder = msgspec.json.Decoder(_Event)
_vectors_decoder = msgspec.json.Decoder(_Vectors)
_page_decoder = msgspec.json.Decoder(_Page)


def completion(provider: str, body: bytes, refuse: Refuse) -> Completion:
    """Return a whole answer. Raises the error that the body holds, or InvalidResponse."""
    answer = decode_body(provider, _answer_decoder, body)
    if answer.error or not isinstance(answer.message, dict):
        raise error_in(provider, body, refuse)
    message = lenient.convert(answer.message, _Message)
    calls = ToolCallBuilder()
    calls.add(message.tool_calls)
    return Completion(
        text=_plain(message.content, "text"),
        reasoning=_plain(message.content, "thinking"),
        usage=usage_from(answer.usage),
        finish_reason=finish_reason(answer.finish_reason, has_calls=calls.has_any),
        finish_raw=answer.finish_reason,
        tool_calls=calls.calls(),
        tool_plan=message.tool_plan or "",
    )


def usage_from(data: object) -> Usage | None:
    """Return the tokens that the model saw, or else those that were billed."""
    if not isinstance(data, dict):
        return None
    tokens = data.get("tokens") or data.get("billed_units")
    tokens = tokens if isinstance(tokens, dict) else {}
    return Usage(
        input_tokens=count(tokens.get("input_tokens")),
        output_tokens=count(tokens.get("output_tokens")),
        cached_tokens=count(data.get("cached_tokens")),
    )


def vectors(provider: str, body: bytes, refuse: Refuse, *, texts: int) -> list[list[float]]:
    """Return the vectors in order. Raises InvalidResponse unless there is one per text."""
    by_type = decode_body(provider, _vectors_decoder, body).embeddings
    rows = by_type.float if isinstance(by_type, _Types) else by_type
    return reply.vectors(provider, body, refuse, rows, texts=texts)


def ranking(provider: str, body: bytes, refuse: Refuse, *, texts: int) -> list[Ranked]:
    """Return the ranking as sent. Raises InvalidResponse for an index of no text."""
    results = entries(provider, body, refuse, _Result, "results")
    if not all(0 <= result.index < texts for result in results):
        raise InvalidResponse(provider, summary="the ranking names a text that was not sent")
    return [Ranked(result.index, result.relevance_score) for result in results]


def models_page(provider: str, body: bytes, refuse: Refuse) -> tuple[list[Model], str]:
    """Return the models of one page, and the token of the next page, empty at the end."""
    models = [
        Model(
            id=entry.name,
            is_chat=entry.endpoints is None or "chat" in entry.endpoints,
            context_length=int(entry.context_length) if entry.context_length else None,
            sees_images=sees_images(msgspec.structs.asdict(entry)),
        )
        for entry in entries(provider, body, refuse, _Entry, "models", "data", key="name")
    ]
    with suppress(InvalidResponse):  # a bare list is the only page
        return models, decode_body(provider, _page_decoder, body).next_page_token or ""
    return models, ""


def key_is_valid(body: bytes) -> bool:
    """Return whether the key is valid; the reply for an invalid one may be a 200."""
    try:
        data = decode(any_decoder, body)
    except lenient.NONSENSE:
        return True  # the server answers
    return not (isinstance(data, dict) and data.get("valid") is False)


class ChatDecoder(EventDecoder):
    """Decodes a streamed answer. Citations and unknown events are ignored."""

    _whole_key = "message"

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        event = self._decode(_event_decoder, data)
        if event.error:
            self._refuse_by(data)
        elif event.type == "message-end":
            self._take_end(_delta(event))
        elif event.type in ("content-delta", "content-start"):
            content = _message(event).content
            self._say(chunks, _plain(content, "text"), _plain(content, "thinking"))
        elif event.type == "tool-plan-delta":
            self._say(chunks, tool_plan=_message(event).tool_plan or "")
        elif event.type in ("tool-call-start", "tool-call-delta"):
            self._take_calls(event.index, _message(event).tool_calls)
        elif not event.type or event.delta is None:
            self._take_unknown(data, chunks)

    def _whole(self, data: bytes) -> Completion:
        return completion(self._provider, data, self._refuse)

    def _take_end(self, delta: _Delta) -> None:
        if delta.error:
            self.is_refused = True
            self.fail(self._refuse({"error": delta.error}))
            return
        self._usage = usage_from(delta.usage)
        self._finish_raw = delta.finish_reason
        self.is_finished = True

    def _take_calls(self, index: int | None, calls: object) -> None:
        for call in calls if isinstance(calls, list) else [calls]:
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(call, dict) and isinstance(function, dict):
                arguments = function.get("arguments")
                self._tools.put(index, call.get("id"), function.get("name"), arguments)


def _delta(event: _Event) -> _Delta:
    return lenient.convert(event.delta, _Delta) if isinstance(event.delta, dict) else _Delta()


def _message(event: _Event) -> _Message:
    return _delta(event).message or _Message()


def _plain(content: object, kind: str) -> str:
    if isinstance(content, str):
        return content if kind == "text" else ""
    parts = content if isinstance(content, list) else [content]
    return "".join(_plain_part(part, kind) for part in parts)


def _plain_part(part: object, kind: str) -> str:
    if isinstance(part, dict):
        return string(part.get(kind))
    return part if isinstance(part, str) and kind == "text" else ""
