"""What the events of chat/completions mean: bytes in, Chunks out, with no network, so that vectors drive it directly."""

from __future__ import annotations

import msgspec

from connectors.chat import Chunk
from connectors.openai_reply import Message, reply_decoder, split_content, usage_from
from connectors.reply import decode
from connectors.stream import EventDecoder


class StreamDecoder(EventDecoder):
    """An answer is whole with a finish reason, or with the end mark after any choice at all."""

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        event = decode(reply_decoder, data)
        if event.is_error:
            self.fail(self._refuse(msgspec.json.decode(data)))
            return
        self.has_begun = True
        if event.usage is not None:
            self._usage = usage_from(event.usage) or self._usage
        self._model = event.model or self._model
        if not event.choices:
            return
        self._mark_ends_answer = True
        choice = event.choices[0]
        if choice.finish_reason:
            self._finish_raw = choice.finish_reason
            self.is_finished = True
        delta = choice.delta or choice.message
        if delta is not None:
            self._take_delta(delta, chunks)

    def _take_delta(self, delta: Message, chunks: list[Chunk]) -> None:
        text, reasoning = split_content(delta)
        if delta.tool_calls is not None:
            self._tools.add(delta.tool_calls)
        self._say(chunks, text, reasoning, refusal=delta.refusal or "")
