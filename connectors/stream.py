"""What the streams of all wires share: bytes in, Chunks out, with no network."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from connectors.chat import Chunk, Usage
from connectors.events import EventCutter
from connectors.lines import LineCutter
from connectors.reply import NONSENSE, Refuse, ToolCallBuilder, decode, finish_reason
from connectors.shared import ConnectorError, InvalidResponse
from connectors.thinking import ThinkSplitter

_any_decoder = msgspec.json.Decoder(Any)


class Decoder(Protocol):
    """Reads one stream. After an error, what came before it is still handed out; ``error`` is then to be raised."""

    error: ConnectorError | None
    has_begun: bool
    is_done: bool  # there is no more to read

    @property
    def is_finished(self) -> bool:
        """Return whether the answer is whole, though its usage may still come."""
        ...

    def feed(self, read: bytes) -> list[Chunk]: ...
    def finish(self) -> list[Chunk]: ...
    def fail(self, error: ConnectorError) -> None: ...


class EventDecoder(ABC):
    """A Decoder that knows how a stream is cut, ends and fails; a wire says what one event means."""

    def __init__(
        self,
        provider: str,
        refuse: Refuse,
        *,
        cutter: Callable[[], EventCutter | LineCutter] = EventCutter,
        strips_think_block: bool = False,
    ) -> None:
        self.error: ConnectorError | None = None
        self.has_begun = False
        self.is_done = False
        self.is_finished = False
        self._mark_ends_answer = False  # whether [DONE] alone would end an answer as it should
        self._provider = provider
        self._refuse = refuse
        self._cutter = cutter()
        self._splitter = ThinkSplitter() if strips_think_block else None
        self._tools = ToolCallBuilder()
        self._usage: Usage | None = None
        self._model: str | None = None
        self._finish_raw: str | None = None

    def feed(self, read: bytes) -> list[Chunk]:
        """Return the chunks that this read completes."""
        chunks: list[Chunk] = []
        for data in self._cutter.feed(read):
            if self.is_done:
                break
            self._take_or_fail(data, chunks)
        return chunks

    def finish(self) -> list[Chunk]:
        """Return what is left at the end of the stream; its last chunk has the finish reason, unless it was cut."""
        chunks: list[Chunk] = []
        for data in () if self.is_done else self._cutter.finish():
            # An event without its end is whole, or it was cut: then it is no nonsense.
            if not self.is_done and _is_json(data):
                self._take_or_fail(data, chunks)
        if self._splitter is not None:
            text, reasoning = self._splitter.finish()
            if text or reasoning:
                chunks.append(Chunk(text=text, reasoning=reasoning))
        if self.error is None and not self.is_finished:
            self.error = InvalidResponse(self._provider, reason="truncated")
        if self.error is None:
            chunks += [Chunk(tool_call=call) for call in self._tools.calls(new_call_id)]
            chunks.append(self._last_chunk())
        return chunks

    def fail(self, error: ConnectorError) -> None:
        """Take note that no more can be read; no error if the answer was whole already."""
        if not self.is_finished:
            self.error = error
        self.is_done = True

    @abstractmethod
    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        """Take in one event. May raise any of NONSENSE."""

    def _say(
        self,
        chunks: list[Chunk],
        text: str = "",
        reasoning: str = "",
        tool_plan: str = "",
        refusal: str = "",
    ) -> None:
        if self._splitter is not None and text and not self._splitter.is_over:
            text, thought = self._splitter.feed(text)
            reasoning += thought
        if text or reasoning or tool_plan or refusal:
            chunks.append(
                Chunk(
                    text=text,
                    reasoning=reasoning,
                    tool_plan=tool_plan,
                    refusal=refusal,
                    model=self._model,
                )
            )

    def _take_or_fail(self, data: bytes, chunks: list[Chunk]) -> None:
        if data.startswith(b"[DONE]"):
            self.is_done = True
            self.is_finished = self.is_finished or self._mark_ends_answer
            return
        try:
            self._take(data, chunks)
        except NONSENSE:
            self.fail(InvalidResponse(self._provider, summary="an event of the stream is no JSON"))

    def _last_chunk(self) -> Chunk:
        return Chunk(
            usage=self._usage,
            finish_reason=finish_reason(self._finish_raw, has_calls=self._tools.has_any),
            finish_raw=self._finish_raw,
            model=self._model,
        )


def new_call_id() -> str:
    """Return an id for a tool call that came without one: never the same twice, as histories are matched by it."""
    return f"call_{os.urandom(6).hex()}"


def _is_json(data: bytes) -> bool:
    if data.startswith(b"[DONE]"):
        return True
    try:
        decode(_any_decoder, data)
    except NONSENSE:
        return False
    return True
