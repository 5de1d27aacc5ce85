"""Replies of text generation and feature extraction; only the fields in use are decoded."""

from typing import Any

import msgspec

from connectors.chat import Chunk, Completion, Usage
from connectors.wires import reply
from connectors.wires.decoders.lenient import any_decoder, string
from connectors.wires.finish_reasons import finish_reason
from connectors.wires.reply import Refuse, count, decode_body, error_in
from connectors.wires.stream import EventDecoder


class _Token(msgspec.Struct, gc=False):
    text: str | None = None
    special: bool = False


class _Generated(msgspec.Struct, gc=False):
    """A whole text, or one event of a streamed one, which ends with the details."""

    generated_text: str | None = None
    token: _Token | None = None
    details: Any = None
    error: Any = None


_generated_decoder = msgspec.json.Decoder(_Generated)
_list_decoder = msgspec.json.Decoder(list[_Generated])


def completion(provider: str, body: bytes, refuse: Refuse) -> Completion:
    """Return a whole text; that of the classic API is a list of one.

    Raises the error that the body holds, or InvalidResponse.
    """
    if body.lstrip().startswith(b"["):
        listed = decode_body(provider, _list_decoder, body)
        generated = listed[0] if listed else _Generated()
    else:
        generated = decode_body(provider, _generated_decoder, body)
    if generated.error or generated.generated_text is None:
        raise error_in(provider, body, refuse)
    raw = _finish_raw(generated.details)
    return Completion(
        text=generated.generated_text,
        usage=_usage(generated.details),
        finish_reason=finish_reason(raw, has_calls=False),
        finish_raw=raw,
    )


def features(provider: str, body: bytes, refuse: Refuse, *, texts: int) -> list[list[float]]:
    """Return the vectors of an array. Raises InvalidResponse unless there is one per text."""
    rows: Any = decode_body(provider, any_decoder, body)
    if texts == 1 and isinstance(rows, list) and rows and not isinstance(rows[0], list):
        rows = [rows]  # flat for one text
    return reply.vectors(provider, body, refuse, rows, texts=texts)


class TokenDecoder(EventDecoder):
    """Decodes a stream of tokens; special tokens are no text."""

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        event = self._decode(_generated_decoder, data)
        if event.error:
            self._refuse_by(data)
            return
        if event.token is None and event.generated_text is None and event.details is None:
            self._take_unknown(data, chunks)
            return
        if event.token is None and not self.has_begun:
            self._say(chunks, event.generated_text or "")  # a whole reply
        if event.token is not None and not event.token.special:
            self._say(chunks, event.token.text or "")
        if event.details is not None or event.generated_text is not None:
            self._usage = _usage(event.details)
            self._finish_raw = _finish_raw(event.details)
            self.is_finished = self.is_done = True


def _finish_raw(details: object) -> str | None:
    return string(details.get("finish_reason")) or None if isinstance(details, dict) else None


def _usage(details: object) -> Usage | None:
    if not isinstance(details, dict):
        return None
    read, written = count(details.get("input_length")), count(details.get("generated_tokens"))
    return None if read is None and written is None else Usage(read, written)
