"""The same small answer in the words of each wire."""

from __future__ import annotations

from dataclasses import dataclass

from connectors import Provider


@dataclass(frozen=True)
class Shape:
    """``answer`` says "hi" as model m (where the wire names one).

    ``piece`` then ``done`` say it as a stream.
    """

    answer: bytes
    piece: bytes
    done: bytes
    chat_url: str
    listed: bytes
    empty_listed: bytes = b'{"data":[]}'
    stream_kind: str = "text/event-stream"
    end_mark: bytes = b""  # what ``done`` ends in that an answer is whole without
    names_model: bool = True


OPENAI = Shape(
    answer=b'{"model":"m","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}',
    piece=b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n',
    done=b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    end_mark=b"data: [DONE]\n\n",
    chat_url="http://127.0.0.1:9/v1/chat/completions",
    listed=b'{"data":[{"id":"text-embedding-x"},{"id":"chat-x"},{"id":"chat-y"}]}',
)
ANTHROPIC = Shape(
    answer=b'{"model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}',
    piece=b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"hi"}}\n\n',
    done=b'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
    b'data: {"type":"message_stop"}\n\n',
    end_mark=b'data: {"type":"message_stop"}\n\n',
    chat_url="http://127.0.0.1:9/v1/messages",
    listed=b'{"data":[{"id":"chat-x"},{"id":"chat-y"}]}',
)
OLLAMA = Shape(
    answer=b'{"model":"m","message":{"content":"hi"},"done":true,"done_reason":"stop"}',
    piece=b'{"message":{"content":"hi"},"done":false}\n',
    done=b'{"message":{"content":""},"done":true,"done_reason":"stop"}\n',
    chat_url="http://127.0.0.1:9/api/chat",
    listed=b'{"models":[{"model":"embed-x","capabilities":["embedding"]},'
    b'{"model":"chat-x","capabilities":["completion"]},{"name":"chat-y"}]}',
    empty_listed=b'{"models":[]}',
    stream_kind="application/x-ndjson",
)
COHERE = Shape(
    answer=b'{"message":{"content":[{"type":"text","text":"hi"}]},"finish_reason":"COMPLETE"}',
    piece=b'data: {"type":"content-delta","delta":{"message":{"content":{"text":"hi"}}}}\n\n',
    done=b'data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}\n\ndata: [DONE]\n\n',
    end_mark=b"data: [DONE]\n\n",
    chat_url="http://127.0.0.1:9/v2/chat",
    listed=b'{"models":[{"name":"embed-x","endpoints":["embed"]},'
    b'{"name":"chat-x","endpoints":["chat"]},{"name":"chat-y","endpoints":["chat"]}]}',
    empty_listed=b'{"models":[]}',
    names_model=False,
)
_OWN = {"anthropic": ANTHROPIC, "ollama": OLLAMA, "cohere": COHERE}


def shape_of(row: Provider) -> Shape:
    return _OWN.get(row.name, OPENAI)
