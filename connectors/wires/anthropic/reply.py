"""Replies of the Messages API, whole and streamed; only the fields in use are decoded."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from connectors.chat import Chunk, Completion, Model, Usage
from connectors.shared import InvalidResponse
from connectors.wires.chat_models import sees_images
from connectors.wires.decoders.lenient import any_decoder, decode
from connectors.wires.decoders.tool_calls import ToolCallBuilder
from connectors.wires.finish_reasons import finish_reason
from connectors.wires.reply import Refuse, count, day, decode_body, entries, error_in
from connectors.wires.stream import EventDecoder


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None


class _Message(msgspec.Struct, gc=False):
    content: list[_Block] | str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Any = None
    error: Any = None


class _Delta(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    index: int | None = None
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    usage: Any = None
    error: Any = None


class _Entry(msgspec.Struct):
    id: str
    max_input_tokens: int | None = None
    retires_at: str | None = None
    capabilities: Any = None


class _Page(msgspec.Struct):
    has_more: Any = None
    last_id: str | None = None


_message_decoder = msgspec.json.Decoder(_Message)
_event_decoder = msgspec.json.Decoder(_Event)
_page_decoder = msgspec.json.Decoder(_Page)


def completion(provider: str, body: bytes, refuse: Refuse) -> Completion:
    """Return a whole answer. Raises the error that the body holds, or InvalidResponse."""
    message = decode_body(provider, _message_decoder, body)
    if message.error or message.content is None:
        raise error_in(provider, body, refuse)
    content = message.content
    blocks = [_Block(type="text", text=content)] if isinstance(content, str) else content
    calls = ToolCallBuilder()
    for index, block in enumerate(blocks):
        if block.type == "tool_use":
            calls.put(index, block.id, block.name, block.input)
    return Completion(
        text=_joined(blocks, "text"),
        reasoning=_joined(blocks, "thinking"),
        model=message.model,
        usage=usage_from(message.usage),
        finish_reason=finish_reason(message.stop_reason, has_calls=calls.has_any),
        finish_raw=message.stop_reason,
        tool_calls=calls.calls(),
    )


def usage_from(data: object) -> Usage | None:
    """Return the counts; the input is the sum of fresh, cached and newly cached tokens."""
    if not isinstance(data, Mapping):
        return None
    fresh, cached = count(data.get("input_tokens")), count(data.get("cache_read_input_tokens"))
    written = count(data.get("cache_creation_input_tokens"))
    details = data.get("output_tokens_details")
    thinking = details.get("thinking_tokens") if isinstance(details, dict) else None
    return Usage(
        input_tokens=None if fresh is None else fresh + (cached or 0) + (written or 0),
        output_tokens=count(data.get("output_tokens")),
        cached_tokens=cached,
        reasoning_tokens=count(thinking),
    )


def models_page(provider: str, body: bytes, refuse: Refuse) -> tuple[list[Model], str | None]:
    """Return the models of one page, and the id before the next page, None at the end."""
    models = [
        Model(
            id=entry.id,
            context_length=entry.max_input_tokens,
            shutdown=day(entry.retires_at),
            sees_images=sees_images(msgspec.structs.asdict(entry)),
        )
        for entry in entries(provider, body, refuse, _Entry, "data", "models")
    ]
    with suppress(InvalidResponse):  # a bare list is the only page
        page = decode_body(provider, _page_decoder, body)
        return models, page.last_id if page.has_more is True and models else None
    return models, None


class MessagesDecoder(EventDecoder):
    """Decodes a streamed message. Unknown events are ignored, as the API may add some."""

    _whole_key = "content"

    def _prepare(self) -> None:
        self._counts: dict[str, Any] = {}
        self._tool_blocks: set[int | None] = set()

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        event = self._decode(_event_decoder, data)
        if event.error or event.type == "error":
            self._refuse_by(data)
        elif event.type == "content_block_delta" and event.delta is not None:
            self._take_delta(event.index, event.delta, chunks)
        elif event.type == "content_block_start" and event.content_block is not None:
            self._take_block(event.index, event.content_block, chunks)
        elif event.type == "message_start" and event.message is not None:
            self._model = event.message.model
            self._add_counts(event.message.usage)
        elif event.type == "message_delta":
            self._add_counts(event.usage)
            if event.delta is not None and event.delta.stop_reason:
                self._finish_raw = event.delta.stop_reason
                self.is_finished = True
        elif event.type == "message_stop":
            self.is_finished = self.is_done = True
        elif event.type == "content_block_delta":
            self._take_odd_delta(data)
        elif event.type not in ("ping", "content_block_stop"):
            self._take_unknown(data, chunks)

    def _take_odd_delta(self, data: bytes) -> None:
        event = decode(any_decoder, data)
        if isinstance(event, dict) and event.get("delta"):  # a piece of the answer is lost
            what = "an event of the stream could not be understood"
            self.fail(InvalidResponse(self._provider, summary=what))

    def _whole(self, data: bytes) -> Completion:
        return completion(self._provider, data, self._refuse)

    def _take_block(self, index: int | None, block: _Block, chunks: list[Chunk]) -> None:
        if block.type == "tool_use":
            self._tool_blocks.add(index)
            # The input comes in deltas; gateways may send it whole here.
            self._tools.put(index, block.id, block.name, block.input or None)
        elif block.type in ("text", "thinking", ""):
            self._say(chunks, block.text or "", block.thinking or "")

    def _take_delta(self, index: int | None, delta: _Delta, chunks: list[Chunk]) -> None:
        if delta.type in ("text_delta", "") and delta.text:
            self._say(chunks, delta.text)
        elif delta.type == "thinking_delta" and delta.thinking:
            self._say(chunks, reasoning=delta.thinking)
        elif delta.type == "input_json_delta" and index in self._tool_blocks:
            self._tools.put(index, None, None, delta.partial_json)

    def _add_counts(self, usage: object) -> None:
        # The counts are cumulative, and unchanged ones may be missing.
        if isinstance(usage, dict):
            self._counts |= {name: value for name, value in usage.items() if value is not None}
            self._usage = usage_from(self._counts)


def _joined(blocks: list[_Block], kind: str) -> str:
    return "".join(getattr(block, kind) or "" for block in blocks if block.type in (kind, ""))
