"""Replies of the stub server and requests of its clients, as bytes of three services."""

import functools
import json
from collections.abc import Callable
from typing import Any, Final

WORDS: Final = (
    *(" the", " model", " answers", " with", " a", " short", " and", " fairly", " plain"),
    *(" sentence", " about", " the", " weather", ",", " caf\u00e9", " prices", " in"),
    *(" Lisbon", ".", "\n\n", ' "quoted"', " end"),
)
ANSWER: Final = "".join(WORDS * 6)
MESSAGES: Final = (
    {
        "role": "system",
        "content": "You are a helpful assistant in a Discord server. Keep answers short.",
    },
    {
        "role": "user",
        "content": "What is the weather usually like in Lisbon in the second half of November?",
    },
)
OPENAI_MODEL: Final = "gpt-4o-mini-2024-07-18"
ANTHROPIC_MODEL: Final = "claude-3-5-haiku-20241022"
OLLAMA_HEAD: Final = {"model": "llama3.2", "created_at": "2024-06-14T09:12:19.312345Z"}
OLLAMA_END: Final = {
    "done": True,
    "done_reason": "stop",
    "total_duration": 4883583458,
    "prompt_eval_count": 26,
    "eval_count": 132,
    "eval_duration": 4535599000,
}
# About as many headers as the hosted services send.
HEAD: Final = (
    "HTTP/1.1 200 OK\r\ndate: Fri, 14 Jun 2024 09:12:19 GMT\r\nconnection: keep-alive\r\n"
    "access-control-expose-headers: X-Request-ID\r\ncache-control: no-cache, must-revalidate\r\n"
    "openai-processing-ms: 312\r\nopenai-version: 2020-10-01\r\n"
    "strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n"
    "x-ratelimit-limit-requests: 10000\r\nx-ratelimit-limit-tokens: 2000000\r\n"
    "x-ratelimit-remaining-requests: 9999\r\nx-ratelimit-remaining-tokens: 1999972\r\n"
    "x-ratelimit-reset-requests: 6ms\r\nx-ratelimit-reset-tokens: 0s\r\n"
    "x-request-id: req_0f1e2d3c4b5a69788796a5b4c3d2e1f0\r\nserver: stub\r\n"
    "vary: Accept-Encoding\r\ncontent-type: {kind}\r\n{length}\r\n\r\n"
)


def text_of(pieces: int) -> str:
    """Return what a client must have collected from a stream of so many pieces."""
    return "".join(WORDS[n % len(WORDS)] for n in range(pieces))


@functools.cache
def whole(api: str) -> bytes:
    """Return a whole response that is not streamed."""
    body = _dumps(_BODIES[api]())
    head = HEAD.format(kind="application/json", length=f"content-length: {len(body)}")
    return head.encode() + body


@functools.cache
def writes(api: str, pieces: int, events_per_write: int) -> list[bytes]:
    """Return the writes of a streamed response; each event keeps a chunk frame of its own."""
    frames = [b"%x\r\n%s\r\n" % (len(event), event) for event in _EVENTS[api](pieces)]
    frames[-1] += b"0\r\n\r\n"
    step = events_per_write or len(frames)
    kind = "application/x-ndjson" if api == "ollama" else "text/event-stream; charset=utf-8"
    head = HEAD.format(kind=kind, length="transfer-encoding: chunked").encode()
    cut = [b"".join(frames[start : start + step]) for start in range(0, len(frames), step)]
    return [head + cut[0], *cut[1:]]


def _openai_body() -> dict[str, Any]:
    return {
        "id": "chatcmpl-BenchBenchBenchBenchBenchBe",
        "object": "chat.completion",
        "created": 1718345013,
        "model": OPENAI_MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": ANSWER, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 19,
            "completion_tokens": 132,
            "total_tokens": 151,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
    }


def _openai_events(pieces: int) -> list[bytes]:
    def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data(
            {
                "id": "chatcmpl-BenchBenchBenchBenchBenchBe",
                "object": "chat.completion.chunk",
                "created": 1718345013,
                "model": OPENAI_MODEL,
                "service_tier": "default",
                "system_fingerprint": "fp_44709d6fcb",
                "choices": [choice],
            }
        )

    words = _repeated(lambda word: event({"content": word}), pieces)
    first = event({"role": "assistant", "content": "", "refusal": None})
    return [first, *words, event({}, "stop"), b"data: [DONE]\n\n"]


def _anthropic_body() -> dict[str, Any]:
    return {
        "id": "msg_01BenchBenchBenchBenchBe",
        "type": "message",
        "role": "assistant",
        "model": ANTHROPIC_MODEL,
        "content": [{"type": "text", "text": ANSWER}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 19, "cache_read_input_tokens": 0, "output_tokens": 132},
    }


def _anthropic_events(pieces: int) -> list[bytes]:
    def event(kind: str, **fields: Any) -> bytes:
        return f"event: {kind}\n".encode() + _data({"type": kind, **fields})

    def word(text: str) -> bytes:
        delta = {"type": "text_delta", "text": text}
        return event("content_block_delta", index=0, delta=delta)

    begun = _anthropic_body() | {"content": [], "stop_reason": None}
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    block = {"type": "text", "text": ""}
    return [
        event("message_start", message=begun),
        event("content_block_start", index=0, content_block=block),
        event("ping"),
        *_repeated(word, pieces),
        event("content_block_stop", index=0),
        event("message_delta", delta=stop, usage={"output_tokens": pieces}),
        event("message_stop"),
    ]


def _ollama_body() -> dict[str, Any]:
    return {**OLLAMA_HEAD, "message": {"role": "assistant", "content": ANSWER}, **OLLAMA_END}


def _ollama_events(pieces: int) -> list[bytes]:
    def line(word: str, **end: Any) -> bytes:
        message = {"role": "assistant", "content": word}
        return _dumps({**OLLAMA_HEAD, "message": message, **end}) + b"\n"

    words = _repeated(lambda word: line(word, done=False), pieces)
    return [*words, line("", **OLLAMA_END)]


def _repeated(event: Callable[[str], bytes], pieces: int) -> list[bytes]:
    events = [event(word) for word in WORDS]
    return [events[n % len(events)] for n in range(pieces)]


def _data(value: object) -> bytes:
    return b"data: " + _dumps(value) + b"\n\n"


def _dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


_BODIES = {"openai": _openai_body, "anthropic": _anthropic_body, "ollama": _ollama_body}
_EVENTS = {"openai": _openai_events, "anthropic": _anthropic_events, "ollama": _ollama_events}
