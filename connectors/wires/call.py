"""Calls: encoded requests, and the decoding of their whole or streamed replies."""

from collections.abc import Callable

import msgspec

from connectors.chat import Completion
from connectors.shared import ApiRequestFailed, InvalidResponse
from connectors.wires.decoders.forms import is_stream
from connectors.wires.decoders.thinking import without_think_block
from connectors.wires.stream import EventDecoder


class Call(msgspec.Struct, frozen=True):
    """An encoded request, and how its reply is decoded.

    ``probe`` encodes the same request for one token without a stream, if that may say why a stream
    is empty.
    """

    path: str
    body: bytes
    read: Callable[[bytes], Completion]
    decoder: Callable[[], EventDecoder]
    model: str | None = None
    probe: Callable[[], bytes] | None = None

    def read_any(self, body: bytes) -> Completion:
        """Return the answer in a body, even if it is a stream or a list."""
        if is_stream(body):
            return joined(self.decoder(), body)
        try:
            return self.read(body)
        except InvalidResponse:
            if not body.lstrip().startswith(b"["):
                raise
        return joined(self.decoder(), body)  # Google answers with lists, also of errors


def whole_text(provider: str, completion: Completion) -> str:
    """Return the text of an answer. Raises ConnectorError if it is not whole."""
    if completion.refusal or completion.finish_reason == "content_filter":
        summary = "the model refused to answer"
        raise ApiRequestFailed(provider, reason="content_filter", summary=summary)
    if completion.finish_reason in ("length", "pause"):
        summary = "the answer was cut off; ask with chat() and a higher max_tokens"
        raise InvalidResponse(provider, reason="truncated", retryable=False, summary=summary)
    if completion.finish_reason != "stop":
        raise InvalidResponse(provider, summary="the model did not finish its answer")
    if not completion.text.strip():
        raise InvalidResponse(provider, summary="the answer is empty")
    return completion.text


def whole(
    body: bytes,
    /,
    *,
    read: Callable[[bytes], Completion],
    strips_think_block: bool,
    waits_for_close: bool,
) -> Completion:
    """Return a whole answer, with the thinking in its text split off.

    A model that always thinks first (``waits_for_close``) was cut off while thinking if no mark
    closes it.
    """
    completion = read(body)
    text, thought = completion.text, ""
    if strips_think_block:
        text, thought = without_think_block(text)
    reasoning = completion.reasoning + thought
    if waits_for_close and completion.finish_reason == "length" and not reasoning:
        text, reasoning = "", text
    return msgspec.structs.replace(completion, text=text, reasoning=reasoning)


def joined(decoder: EventDecoder, body: bytes) -> Completion:
    """Return the answer in a whole stream. Raises the error it ends in."""
    chunks = decoder.feed(body) + decoder.finish()
    if decoder.error is not None:
        raise decoder.error
    last = chunks[-1]
    begin = max((at for at, chunk in enumerate(chunks) if chunk.retracts), default=0)
    early = "".join(chunk.text for chunk in chunks[:begin])
    return Completion(
        text="".join(chunk.text for chunk in chunks[begin:]),
        reasoning=early + "".join(chunk.reasoning for chunk in chunks),
        refusal="".join(chunk.refusal for chunk in chunks),
        tool_plan="".join(chunk.tool_plan for chunk in chunks),
        tool_calls=tuple(chunk.tool_call for chunk in chunks if chunk.tool_call is not None),
        usage=last.usage,
        finish_reason=last.finish_reason or "stop",
        finish_raw=last.finish_raw,
        model=last.model,
    )
