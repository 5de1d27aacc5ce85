"""Decoders of each wire, called with bytes, for the fuzzer and the tests of damaged replies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from connectors import Chunk, ConnectorError
from connectors.wires.anthropic import reply as anthropic
from connectors.wires.call import whole
from connectors.wires.cohere import reply as cohere
from connectors.wires.error_body import parse_error_body, parse_error_json
from connectors.wires.failures import failure
from connectors.wires.huggingface import reply as tgi
from connectors.wires.ollama import reply as ollama
from connectors.wires.openai import reply as openai
from connectors.wires.openai.stream import StreamDecoder
from connectors.wires.stream import EventDecoder

Read = Callable[[bytes], object]


def refuse(data: object) -> ConnectorError:
    return failure("x", parse_error_json(data))


def refusal(body: bytes) -> ConnectorError:
    return failure("x", parse_error_body(body), status=400)


DECODERS: Final[Mapping[str, Callable[[], EventDecoder]]] = {
    "openai": partial(StreamDecoder, "x", refuse, strips_think_block=True),
    "anthropic": partial(anthropic.MessagesDecoder, "x", refuse),
    "ollama": partial(ollama.AnswerDecoder, "x", refuse),
    "huggingface": partial(tgi.TokenDecoder, "x", refuse),
    "cohere": partial(cohere.ChatDecoder, "x", refuse),
}
READERS: Final[Mapping[str, Mapping[str, Read]]] = {
    "openai": {
        "chat": partial(
            whole,
            read=partial(openai.completion, "x", refuse=refuse),
            strips_think_block=True,
            waits_for_close=False,
        ),
        "models": lambda body: openai.models("x", body, refuse),
        "vectors": lambda body: openai.vectors("x", body, refuse, texts=2),
        "refusal": refusal,
    },
    "anthropic": {
        "chat": lambda body: anthropic.completion("x", body, refuse),
        "models": lambda body: anthropic.models_page("x", body, refuse),
        "refusal": refusal,
    },
    "ollama": {
        "chat": lambda body: ollama.completion("x", body, refuse),
        "models": lambda body: ollama.models("x", body, refuse),
        "vectors": lambda body: ollama.vectors("x", body, refuse, texts=2),
        "refusal": refusal,
    },
    "huggingface": {
        "text": lambda body: tgi.completion("x", body, refuse),
        "vectors": lambda body: tgi.features("x", body, refuse, texts=2),
        "refusal": refusal,
    },
    "cohere": {
        "chat": lambda body: cohere.completion("x", body, refuse),
        "models": lambda body: cohere.models_page("x", body, refuse),
        "vectors": lambda body: cohere.vectors("x", body, refuse, texts=2),
        "ranking": lambda body: cohere.ranking("x", body, refuse, texts=3),
        "health": cohere.key_is_valid,
        "refusal": refusal,
    },
}


def decoded(wire: str, reads: Iterable[bytes]) -> tuple[list[Chunk], ConnectorError | None]:
    """Return what a stream that came in these reads says, and the error it ends in."""
    decoder = DECODERS[wire]()
    chunks = [chunk for read in reads for chunk in decoder.feed(read)] + decoder.finish()
    return chunks, decoder.error


def said(wire: str, reads: Iterable[bytes]) -> list[object]:
    """Return all that came of a stream, without ids made up for calls, so that two cuts compare."""
    chunks, error = decoded(wire, reads)
    calls = [
        (chunk.tool_call.name, chunk.tool_call.arguments) for chunk in chunks if chunk.tool_call
    ]
    last = chunks[-1] if chunks and error is None else None
    return [
        "".join(chunk.text for chunk in chunks),
        "".join(chunk.reasoning for chunk in chunks),
        "".join(chunk.tool_plan for chunk in chunks),
        calls,
        last and (last.finish_reason, last.finish_raw, last.usage),
        error and (error.reason, error.detail),
    ]
