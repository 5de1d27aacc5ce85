from __future__ import annotations

import msgspec

from connectors import Chunk, ConnectorError, InvalidResponse, UnmarkedEnd
from connectors.shared import ApiRequestFailed
from connectors.wires.stream import NONSENSE_LIMIT, EventDecoder


class _Event(msgspec.Struct):
    say: str | None = None
    end: str | None = None
    error: str | None = None


_decoder = msgspec.json.Decoder(_Event)


class Plain(EventDecoder):
    """The smallest wire: a text, an end or an error in each event."""

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        event = self._decode(_decoder, data)
        if event.error:
            self._refuse_by(data)
        elif event.say is not None:
            self._say(chunks, event.say)
        elif event.end is not None:
            self._finish_raw, self.is_finished = event.end, True
        else:
            self._take_unknown(data, chunks)


def refuse(data: object) -> ConnectorError:
    return ApiRequestFailed("x", detail=str(data))


def read(*events: str) -> tuple[str, Plain, list[Chunk]]:
    decoder = Plain("x", refuse)
    body = "".join(f"data: {event}\n\n" for event in events).encode()
    chunks = decoder.feed(body) + decoder.finish()
    return "".join(chunk.text for chunk in chunks), decoder, chunks


def test_the_last_chunk_has_the_finish_reason() -> None:
    text, decoder, chunks = read('{"say":"a"}', '{"say":"b"}', '{"end":"max_tokens"}')
    assert (text, decoder.error) == ("ab", None)
    assert [chunk.finish_reason for chunk in chunks] == [None, None, "length"]


def test_text_before_an_error_is_returned_and_the_error_is_the_servers() -> None:
    text, decoder, _ = read('{"say":"a"}', '{"error":"no"}')
    assert text == "a"
    assert isinstance(decoder.error, ApiRequestFailed)
    assert (decoder.is_refused, decoder.has_begun) == (True, True)


def test_an_end_without_a_mark_is_told_from_no_answer_at_all() -> None:
    _, begun, _ = read('{"say":"a"}')
    _, silent, _ = read()
    assert isinstance(begun.error, UnmarkedEnd)
    assert isinstance(silent.error, InvalidResponse)
    assert not isinstance(silent.error, UnmarkedEnd)
    assert (begun.is_silent, silent.is_silent) == (False, True)


def test_an_error_in_words_of_its_own_is_an_error() -> None:
    _, decoder, _ = read('{"detail":"busy"}')
    assert isinstance(decoder.error, ApiRequestFailed)
    assert "busy" in decoder.error.detail


def test_what_breaks_off_after_the_end_is_no_error() -> None:
    decoder = Plain("x", refuse)
    decoder.feed(b'data: {"say":"a"}\n\ndata: {"end":"stop"}\n\n')
    decoder.fail(InvalidResponse("x", reason="truncated"))
    assert decoder.finish()[-1].finish_reason == "stop"
    assert decoder.error is None


def test_a_stream_of_nonsense_is_given_up() -> None:
    decoder = Plain("x", refuse)
    decoder.feed(b"data: {]}\n\n" * (NONSENSE_LIMIT + 1))
    assert isinstance(decoder.error, InvalidResponse)
    assert decoder.is_done


def test_an_event_of_very_many_lines_is_not_tried_line_by_line() -> None:
    decoder = Plain("x", refuse)
    decoder.feed(b'data: {"say": "a"}\n' * 20_000 + b"\n")
    assert [chunk.text for chunk in decoder.finish()] == []
    assert isinstance(decoder.error, InvalidResponse)
