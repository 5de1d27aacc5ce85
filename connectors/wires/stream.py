"""The decoding that streams of all wires share: bytes in, Chunks out."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from connectors.chat import Chunk, Completion, Usage
from connectors.shared import ConnectorError, InvalidResponse, UnmarkedEnd
from connectors.wires.decoders.forms import BodyDecoder, apart
from connectors.wires.decoders.halves import Joiner, mended
from connectors.wires.decoders.lenient import (
    NONSENSE,
    any_decoder,
    convert,
    decode,
    is_cut,
    is_json,
    loads,
)
from connectors.wires.decoders.thinking import ThinkSplitter
from connectors.wires.decoders.tool_calls import ToolCallBuilder, new_call_id
from connectors.wires.finish_reasons import finish_reason
from connectors.wires.reply import Refuse, no_answer

T = TypeVar("T")

# A stream with more events that cannot be read is given up, as each of them takes 0.1 ms.
NONSENSE_LIMIT: Final = 10_000
_KINDS: Final = ("text", "reasoning", "tool_plan", "refusal")


class EventDecoder(ABC):
    """Decodes one stream: how it is cut, ends and fails. A wire says what one event means.

    After an error, what came before it is still returned; ``error`` is then to be raised.
    ``strips_think_block`` tells apart thinking that stands in the text, ``waits_for_close`` also
    that of a model whose thinking only closes.
    """

    # The field by which a whole reply is told from an event.
    _whole_key: ClassVar[str | None] = None

    def __init__(
        self,
        provider: str,
        refuse: Refuse,
        *,
        strips_think_block: bool = False,
        waits_for_close: bool = False,
    ) -> None:
        self.error: ConnectorError | None = None
        self.has_begun = False  # the first word of the answer has come
        self.is_done = False  # there is no more to read
        self.is_finished = False  # the answer is whole, though its usage may still come
        self.is_refused = False  # the error is the server's, in place of a status
        self.is_silent = True  # only keep-alives have come
        self._nonsense: InvalidResponse | None = None  # raised after all that can be read
        self._nonsense_left = NONSENSE_LIMIT
        self._mark_ends_answer = False  # whether [DONE] alone would end an answer as it should
        self._provider = provider
        self._refuse = refuse
        self._body = BodyDecoder()
        self._splitter = (
            ThinkSplitter(waits_for_close=waits_for_close) if strips_think_block else None
        )
        self._joiners: dict[str, Joiner] | None = None  # once a character was cut in two
        self._is_plain = not strips_think_block  # text is returned as it is
        self._seen: list[str] | None = None  # text that a later mark can make thinking
        self._tools = ToolCallBuilder()
        self._usage: Usage | None = None
        self._model: str | None = None
        self._finish_raw: str | None = None
        self._prepare()

    @property
    def has_lone_close(self) -> bool:
        """True if thinking came in the text without its opening mark."""
        return self._splitter is not None and self._splitter.has_lone_close

    def feed(self, read: bytes) -> list[Chunk]:
        chunks: list[Chunk] = []
        for data in self._body.feed(read):
            if self.is_done:
                break
            self._take_or_fail(data, chunks)
        if not self._is_plain and self._splitter is not None:
            self._settle(self._splitter, chunks)
        return chunks

    def finish(self) -> list[Chunk]:
        """Return the last chunks; the very last has the finish reason, if the answer is whole."""
        chunks: list[Chunk] = []
        is_clean = self._take_rest(chunks)
        self._release(chunks)
        self.error = self.error or self._nonsense
        if self.error is None and not self.is_finished:
            kind = UnmarkedEnd if is_clean and self.has_begun else InvalidResponse
            self.error = kind(self._provider, reason="truncated")
        if self.error is None:
            chunks += [Chunk(tool_call=call) for call in self._tools.calls(new_call_id)]
            chunks.append(self._last_chunk())
        return chunks

    def _settle(self, splitter: ThinkSplitter, chunks: list[Chunk]) -> None:
        text, reasoning = ("", "") if splitter.is_over else splitter.settle()
        self._is_plain = True  # already split
        self._say(chunks, text, reasoning)
        self._after_splitting(splitter, chunks)

    def fail(self, error: ConnectorError) -> None:
        """Note that no more can be read; this is no error after a whole answer."""
        if not self.is_finished:
            self.error = error
        self.is_done = True
        self.is_silent = False

    def _prepare(self) -> None:  # noqa: B027 - most wires keep nothing of their own
        """Set up the state of a wire."""

    @abstractmethod
    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        """Read one event. May raise any of NONSENSE."""

    def _decode(self, decoder: msgspec.json.Decoder[T], data: bytes) -> T:
        """Return the event, or what can be read of one with odd fields or cut characters."""
        try:
            return decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            event = convert(loads(data), decoder.type)
            self._joiners, self._is_plain = self._joiners or {}, False
            return event

    def _refuse_by(self, data: bytes) -> None:
        self.is_refused = not self.is_finished
        self.fail(self._refuse(decode(any_decoder, data)))

    def _take_unknown(self, data: bytes, chunks: list[Chunk]) -> None:
        """Read an event without a piece of an answer: an unknown error, or a whole reply."""
        event = decode(any_decoder, data)
        if not isinstance(event, dict):
            return
        if _is_error(event):
            self._refuse_by(data)
        elif self._is_whole(event):
            self._take_whole(self._whole(data), chunks)

    def _is_whole(self, event: dict[str, Any]) -> bool:
        has_answer = isinstance(event.get(self._whole_key or ""), str | list | dict)
        kind = event.get("type")
        return has_answer and (not isinstance(kind, str) or kind in ("", "message"))

    def _whole(self, data: bytes) -> Completion:
        """Return a whole reply. Raises InvalidResponse."""
        raise no_answer(self._provider, data)

    def _take_whole(self, whole: Completion, chunks: list[Chunk]) -> None:
        """Read a whole reply, as some gateways do not stream."""
        self._model, self._usage, self._finish_raw = whole.model, whole.usage, whole.finish_raw
        self._say(chunks, whole.text, whole.reasoning, whole.tool_plan, whole.refusal)
        for index, call in enumerate(whole.tool_calls):
            self._tools.put(("whole", index), call.id, call.name, call.arguments)
        self.is_finished = self.is_done = True

    def _say(
        self,
        chunks: list[Chunk],
        text: str = "",
        reasoning: str = "",
        tool_plan: str = "",
        refusal: str = "",
    ) -> None:
        if not self._is_plain or (self._seen is not None and ("<" in text or "[" in text)):
            pieces = (text, reasoning, tool_plan, refusal)
            text, reasoning, tool_plan, refusal = self._sifted(chunks, *pieces)
        elif self._seen is not None:
            self._seen.append(text)
        if text or refusal:
            self.has_begun = True
        elif not (reasoning or tool_plan):
            return
        chunks.append(
            Chunk(
                text=text,
                reasoning=reasoning,
                tool_plan=tool_plan,
                refusal=refusal,
                model=self._model,
            )
        )

    def _sifted(self, chunks: list[Chunk], *pieces: str) -> tuple[str, str, str, str]:
        """Return the pieces with cut characters joined, and thinking moved to reasoning."""
        if self._joiners is not None:
            pieces = tuple(
                self._joiners.setdefault(name, Joiner()).feed(piece) if piece else ""
                for name, piece in zip(_KINDS, pieces, strict=True)
            )
        text, reasoning, tool_plan, refusal = pieces
        splitter = self._splitter
        if splitter is not None and not splitter.is_over:
            if reasoning:
                splitter.stop_waiting()
            text, thought = splitter.feed(text) if text else ("", "")
            reasoning += thought
            self._after_splitting(splitter, chunks)
        return text, reasoning, tool_plan, refusal

    def _after_splitting(self, splitter: ThinkSplitter, chunks: list[Chunk]) -> None:
        if splitter.retracts:
            splitter.retracts = False
            self.has_begun = False
            chunks.append(Chunk(retracts=True, model=self._model))
        self._seen = splitter.seen
        self._is_plain = splitter.is_light and self._joiners is None

    def _take_or_fail(self, data: bytes, chunks: list[Chunk]) -> None:
        if data.startswith(b"[DONE]"):
            self.is_done = True
            self.is_finished = self.is_finished or self._mark_ends_answer
            return
        self.is_silent = False
        try:
            self._take(data, chunks)
        except NONSENSE:
            self._take_nonsense(data, chunks)
        except ConnectorError as error:
            self.fail(error)

    def _take_nonsense(self, data: bytes, chunks: list[Chunk]) -> None:
        self._nonsense_left -= 1
        if self._body.form == "page" or self._nonsense_left < 0:
            self.fail(no_answer(self._provider, data))
        elif not data.lstrip().startswith((b"{", b"[")):
            if data.startswith(b"data:"):  # among lines of JSON
                self._take_or_fail(data.removeprefix(b"data:").strip(), chunks)
        elif len(lines := apart(data)) > 1:
            for line in lines:
                if not self.is_done:
                    self._take_or_fail(line, chunks)
        elif is_json(data):
            for item in _items(data):
                self._take_or_fail(msgspec.json.encode(item), chunks)
        elif data.lstrip().startswith(b"{") and not is_cut(data):
            # What follows may be readable, but something is missing.
            what = "an event of the stream is not JSON"
            self._nonsense = InvalidResponse(self._provider, summary=what)

    def _take_rest(self, chunks: list[Chunk]) -> bool:
        """Read what has no end mark; return whether nothing was cut in two."""
        is_clean = True
        is_page = self._body.form == "page"
        events = [] if self.is_done else self._body.finish()
        for data in events if is_page else [line for event in events for line in apart(event)]:
            # An event without its end may be whole, or was cut.
            if data.startswith(b"[DONE]") or is_page or is_json(data):
                if not self.is_done:
                    self._take_or_fail(data, chunks)
            else:
                is_clean = False
        return is_clean

    def _release(self, chunks: list[Chunk]) -> None:
        """Add what was held for more to come."""
        joiners, self._joiners = self._joiners or {}, None
        rest = [joiners[name].finish() if name in joiners else "" for name in _KINDS]
        self._say(chunks, *rest)
        if self._splitter is not None and not self._splitter.is_over:
            is_whole = (
                self.is_finished and finish_reason(self._finish_raw, has_calls=False) == "stop"
            )
            text, reasoning = self._splitter.finish(is_cut=not is_whole)
            self._after_splitting(self._splitter, chunks)
            self._is_plain, self._seen = True, None
            self._say(chunks, text, reasoning)

    def _last_chunk(self) -> Chunk:
        raw = self._finish_raw
        return Chunk(
            usage=self._usage,
            finish_reason=finish_reason(raw, has_calls=self._tools.has_any),
            finish_raw=raw if raw is None else mended(raw),
            model=self._model,
        )


def _items(data: bytes) -> list[dict[str, Any]]:
    items = decode(any_decoder, data)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _is_error(event: dict[str, Any]) -> bool:
    if event.get("error") or event.get("type") == "error" or event.get("object") == "error":
        return True
    return any(isinstance(event.get(name), str) and event[name] for name in ("message", "detail"))
