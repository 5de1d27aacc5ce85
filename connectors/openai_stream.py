"""The streamed answer of chat/completions: bytes in, Chunks out, with no network, so that vectors drive it directly."""

from __future__ import annotations

from typing import Any

import msgspec

from connectors.chat import Chunk, Usage
from connectors.events import EventCutter
from connectors.openai_reply import Message, reply_decoder, split_content, usage_from
from connectors.reply import NONSENSE, Refuse, ToolCallBuilder, decode, finish_reason
from connectors.shared import ConnectorError, InvalidResponse
from connectors.thinking import ThinkSplitter


class StreamDecoder:
    """Reads one stream. After an error, what came before it is still handed out; ``error`` is then to be raised."""

    __slots__ = (
        "_cutter",
        "_finish_raw",
        "_has_choices",
        "_model",
        "_provider",
        "_refuse",
        "_splitter",
        "_tools",
        "_usage",
        "error",
        "has_begun",
        "is_done",
    )

    def __init__(self, provider: str, refuse: Refuse, *, strips_think_block: bool = False) -> None:
        self._provider = provider
        self._refuse = refuse
        self._cutter = EventCutter()
        self._splitter = ThinkSplitter() if strips_think_block else None
        self._tools = ToolCallBuilder()
        self._usage: Usage | None = None
        self._model: str | None = None
        self._finish_raw: str | None = None
        self._has_choices = False
        self.error: ConnectorError | None = None
        self.has_begun = False
        self.is_done = False  # [DONE] or an error was seen: there is no more to read

    @property
    def is_finished(self) -> bool:
        """Return whether the answer is whole, though its usage may still come."""
        return self._finish_raw is not None or (self.is_done and self._has_choices)

    def feed(self, read: bytes) -> list[Chunk]:
        """Return the chunks that this read completes."""
        chunks: list[Chunk] = []
        for data in self._cutter.feed(read):
            if self.is_done:
                break
            self._take(data, chunks)
        return chunks

    def finish(self) -> list[Chunk]:
        """Return what is left at the end of the stream; its last chunk has the finish reason, unless it was cut."""
        chunks: list[Chunk] = []
        if not self.is_done:
            self._take_unended(chunks)
        if self._splitter is not None:
            text, reasoning = self._splitter.finish()
            if text or reasoning:
                chunks.append(Chunk(text=text, reasoning=reasoning))
        if self.error is None and not self.is_finished:
            self.error = InvalidResponse(self._provider, reason="truncated")
        if self.error is None:
            chunks += [Chunk(tool_call=call) for call in self._tools.calls()]
            chunks.append(self._last_chunk())
        return chunks

    def fail(self, error: ConnectorError) -> None:
        """Take note that no more can be read; no error if the answer was whole already."""
        if not self.is_finished:
            self.error = error
        self.is_done = True

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        if data.startswith(b"[DONE]"):
            self.is_done = True
            return
        try:
            event = decode(reply_decoder, data)
            if event.is_error:
                self.fail(self._refuse(msgspec.json.decode(data)))
                return
        except NONSENSE:
            self.fail(InvalidResponse(self._provider, summary="an event of the stream is no JSON"))
            return
        self.has_begun = True
        if event.usage is not None:
            self._usage = usage_from(event.usage) or self._usage
        self._model = event.model or self._model
        if not event.choices:
            return
        self._has_choices = True
        choice = event.choices[0]
        self._finish_raw = choice.finish_reason or self._finish_raw
        delta = choice.delta or choice.message
        if delta is not None:
            self._take_delta(delta, chunks)

    def _take_delta(self, delta: Message, chunks: list[Chunk]) -> None:
        text, reasoning = split_content(delta)
        if self._splitter is not None and text and not self._splitter.is_over:
            text, thought = self._splitter.feed(text)
            reasoning += thought
        if delta.tool_calls is not None:
            self._tools.add(delta.tool_calls)
        if text or reasoning or delta.refusal:
            chunks.append(
                Chunk(
                    text=text, reasoning=reasoning, refusal=delta.refusal or "", model=self._model
                )
            )

    def _take_unended(self, chunks: list[Chunk]) -> None:
        # An event without its blank line is whole, or it was cut: then it is no nonsense.
        for data in self._cutter.finish():
            if _is_json(data):
                self._take(data, chunks)

    def _last_chunk(self) -> Chunk:
        return Chunk(
            usage=self._usage,
            finish_reason=finish_reason(self._finish_raw, has_calls=self._tools.has_any),
            finish_raw=self._finish_raw,
            model=self._model,
        )


def _is_json(data: bytes) -> bool:
    if data.startswith(b"[DONE]"):
        return True
    try:
        decode(msgspec.json.Decoder(Any), data)
    except NONSENSE:
        return False
    return True
