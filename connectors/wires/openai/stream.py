"""The stream of chat/completions, decoded."""

from collections.abc import Sequence

from connectors.chat import Chunk
from connectors.wires.finish_reasons import NO_WORDS
from connectors.wires.openai.reply import Choice, reply_decoder, split_content, usage_from
from connectors.wires.stream import EventDecoder


class StreamDecoder(EventDecoder):
    """Decodes chunks of chat/completions.

    A finish reason, or the end mark after any choice, makes the answer whole. Only one choice is
    read: the first, or another if there is no first.
    """

    def _prepare(self) -> None:
        self._index = 0
        self._others: list[Choice] = []  # kept as long as there is no first

    def finish(self) -> list[Chunk]:
        """Return what is left at the end of the stream, as EventDecoder.finish does."""
        chunks: list[Chunk] = []
        if self._others and not self._mark_ends_answer:
            self._index = self._others[0].index or 0
            self._take_choices(self._others, chunks)
            self.is_finished = self.is_finished or (self.is_done and self.error is None)
        return chunks + super().finish()

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        event = self._decode(reply_decoder, data)
        if event.is_error:
            self._refuse_by(data)
            return
        if event.usage is not None:
            self._usage = usage_from(event.usage) or self._usage
        self._model = event.model or self._model
        if event.choices:
            self._take_choices(event.choices, chunks)
        elif event.usage is None:
            self._take_unknown(data, chunks)

    def _take_choices(self, choices: Sequence[Choice], chunks: list[Chunk]) -> None:
        for choice in choices:
            if choice.index is not None and choice.index != self._index:
                if not self._mark_ends_answer:
                    self._others.append(choice)
                continue
            self._mark_ends_answer = True
            finish_raw = choice.finish_reason or choice.finish_word
            if finish_raw and finish_raw.lower() not in NO_WORDS:
                self._finish_raw, self.is_finished = finish_raw, True
            delta = choice.delta or choice.message
            if delta is not None:
                text, reasoning = split_content(delta)
                if delta.tool_calls is not None:
                    self._tools.add(delta.tool_calls)
                self._say(chunks, text, reasoning, refusal=delta.refusal or "")
