"""Tests of retries and timeouts of requests."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from connectors import PROVIDERS, ConnectorError, InvalidResponse, Provider
from connectors.http.timeouts import Timeouts
from connectors.http.transport import Transport
from connectors.recorder import Event
from connectors.wires.endpoint import Endpoint, is_near
from tests.connectors.replay import QUESTION, Naps, Reads, connected, environ_of
from tests.connectors.shapes import shape_of
from tests.recorded import Recorded
from tests.rows import each

OVERLOADED = {
    "openai": b'data: {"error":{"message":"busy","code":503}}\n\n',
    "mistral": b'data: {"object":"error","message":"busy","type":"rate_limited","code":"429"}\n\n',
    "huggingface": b'data: {"error":"busy","error_type":"overloaded"}\n\n',
    "anthropic": b"event: error\n"
    b'data: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n',
    "ollama": b'{"error":"server busy, please try again. maximum pending requests exceeded"}\n',
    "cohere": b'data: {"type":"message-end",'
    b'"delta":{"error":"the model is overloaded","finish_reason":"ERROR"}}\n\n',
    "lm_studio": b'data: [{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}]\n\n',
    "vllm": b'{"error":{"code":429,"message":"busy"}}',
    "mlx": b'data: {"error":{"message":"the server is overloaded"}}\n\n',
}
each_row = pytest.mark.parametrize("row", PROVIDERS.values(), ids=list(PROVIDERS))


class Streams:
    """Answers each request with the next body, the last one for ever."""

    def __init__(self, *bodies: bytes, headers: dict[str, str] | None = None) -> None:
        self.bodies = list(bodies)
        self.asked = 0
        self.naps = Naps()
        self._headers = headers or {}
        self.transport = Transport(
            http=httpx.MockTransport(self._answer), sleep=self.naps, random=lambda: 0.5
        )

    def _answer(self, _: httpx.Request) -> httpx.Response:
        body = self.bodies[min(self.asked, len(self.bodies) - 1)]
        self.asked += 1
        return httpx.Response(200, headers=self._headers, stream=Reads([body]))


@each_row
async def test_a_passing_error_before_the_first_text_is_tried_again(row: Provider) -> None:
    shape = shape_of(row)
    error = OVERLOADED[row.name]
    streams = Streams(error, error, shape.piece + shape.done)
    connector = connected(row, streams.transport)
    text = "".join([chunk.text async for chunk in connector.stream(QUESTION)])
    assert (text, streams.asked, streams.naps.seconds) == ("hi", 3, [0.5, 1.0])


@each_row
async def test_a_passing_error_after_the_first_text_is_raised(row: Provider) -> None:
    streams = Streams(shape_of(row).piece + OVERLOADED[row.name])
    chunks = connected(row, streams.transport).stream(QUESTION)
    assert (await anext(chunks)).text == "hi"
    with pytest.raises(ConnectorError) as raised:
        await anext(chunks)
    assert streams.asked == 1
    assert raised.value.reason in ("overloaded", "rate_limit", "unavailable")
    assert raised.value.retryable


@each_row
async def test_a_passing_error_in_place_of_a_whole_answer_is_tried_again(row: Provider) -> None:
    streams = Streams(b'{"error":{"code":503,"message":"busy"}}', shape_of(row).answer)
    answer = await connected(row, streams.transport).chat(QUESTION)
    assert (answer.text, streams.naps.seconds) == ("hi", [0.5])


async def test_tries_end_and_the_last_error_is_raised() -> None:
    streams = Streams(OVERLOADED["openai"])
    with pytest.raises(ConnectorError) as raised:
        await anext(connected(PROVIDERS["openai"], streams.transport).stream(QUESTION))
    assert (raised.value.detail, streams.naps.seconds) == ("busy", [0.5, 1.0, 2.0])


async def test_the_wait_that_is_told_inside_a_stream_is_obeyed() -> None:
    shape = shape_of(PROVIDERS["openai"])
    streams = Streams(OVERLOADED["openai"], shape.piece + shape.done, headers={"retry-after": "7"})
    connector = connected(PROVIDERS["openai"], streams.transport)
    assert [chunk async for chunk in connector.stream(QUESTION)]
    assert streams.naps.seconds == [7.0]


async def test_a_lasting_error_inside_a_stream_is_not_tried_again() -> None:
    body = b'data: {"error":{"message":"no","code":"insufficient_quota"}}\n\n'
    streams = Streams(body, headers={"x-request-id": "req-1"})
    with pytest.raises(ConnectorError) as raised:
        await anext(connected(PROVIDERS["openai"], streams.transport).stream(QUESTION))
    assert (raised.value.reason, raised.value.request_id, streams.asked) == ("billing", "req-1", 1)
    assert "req-1" in str(raised.value)


async def test_a_stream_that_ends_before_any_word_is_not_repeated_here() -> None:
    streams = Streams(b"")
    with pytest.raises(InvalidResponse):
        await anext(connected(PROVIDERS["openai"], streams.transport).stream(QUESTION))
    assert streams.naps.seconds == []


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("http://localhost:1234/v1", True),
        ("http://192.168.0.5:8080", True),
        ("http://[::1]:8080", True),
        ("http://ollama:11434", True),
        ("http://studio.local:1234", True),
        ("https://api.openai.com/v1", False),
        ("https://8.8.8.8/v1", False),
    ],
)
def test_a_server_may_be_a_machine_of_ones_own(address: str, near: bool) -> None:
    assert is_near(address) is near


@pytest.mark.parametrize(
    ("name", "url", "timeout_s", "wait_s"),
    [
        ("openai", "https://api.openai.com/v1", None, 300.0),
        ("anthropic", "https://api.anthropic.com", None, 300.0),
        ("openai", "http://127.0.0.1:8080/v1", None, 900.0),
        ("ollama", "http://127.0.0.1:11434", None, 900.0),
        ("openai", "https://api.openai.com/v1", 5.0, 5.0),
        ("ollama", "http://127.0.0.1:11434", 5.0, 5.0),
    ],
)
def test_the_first_text_may_take_minutes(
    name: str, url: str, timeout_s: float | None, wait_s: float
) -> None:
    config = PROVIDERS[name].load_from_env(environ_of(PROVIDERS[name], url))
    config = msgspec.structs.replace(config, timeout_s=timeout_s)
    endpoint = Endpoint(
        config, Transport(), owns_transport=True, retries=0, today=lambda: date(2026, 11, 25)
    )
    assert endpoint._timeouts() == Timeouts(first_byte_s=wait_s, between_s=60.0)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", "the conversation is too long for the model"),
        (b": ping\n\n", "the conversation is too long for the model"),
        (b"data: [DONE]\n\n", "the conversation is too long for the model"),
    ],
)
async def test_why_a_stream_is_empty_is_asked_once(body: bytes, answer: str) -> None:
    asked: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(msgspec.json.decode(request.content))
        if asked[-1].get("stream"):
            return httpx.Response(200, stream=Reads([body]))
        error = {"message": "This model's maximum context length is 512 tokens."}
        return httpx.Response(400, json={"error": error})

    connector = connected(PROVIDERS["lm_studio"], Transport(http=httpx.MockTransport(handle)))
    with pytest.raises(ConnectorError, match=answer) as raised:
        await anext(connector.stream(QUESTION))
    assert raised.value.reason == "context_length"
    assert [(one.get("stream"), one.get("max_tokens")) for one in asked] == [
        (True, None),
        (None, 1),
    ]


async def test_an_empty_stream_without_a_reason_broke_off() -> None:
    row = PROVIDERS["vllm"]

    def handle(request: httpx.Request) -> httpx.Response:
        is_stream = msgspec.json.decode(request.content).get("stream")
        return httpx.Response(200, content=b"" if is_stream else shape_of(row).answer)

    with pytest.raises(InvalidResponse) as raised:
        await anext(connected(row, Transport(http=httpx.MockTransport(handle))).stream(QUESTION))
    assert raised.value.reason == "truncated"


@each_row
@each("kind", ["application/json", "text/plain", "text/html", ""])
async def test_the_label_of_a_reply_does_not_matter(row: Provider, kind: str) -> None:
    shape = shape_of(row)
    streams = Streams(b"\xef\xbb\xbf\n" + shape.piece + shape.done, headers={"content-type": kind})
    connector = connected(row, streams.transport)
    assert "".join([chunk.text async for chunk in connector.stream(QUESTION)]) == "hi"
    assert (await connector.chat(QUESTION)).text == "hi"


@each_row
@each("kind", ["text/event-stream", "application/x-ndjson", "text/plain", ""])
async def test_a_whole_answer_to_a_stream_may_have_any_label(row: Provider, kind: str) -> None:
    streams = Streams(b"\n " + shape_of(row).answer, headers={"content-type": kind})
    connector = connected(row, streams.transport)
    assert "".join([chunk.text async for chunk in connector.stream(QUESTION)]) == "hi"
    assert (await connector.chat(QUESTION)).text == "hi"


async def test_each_try_is_counted_by_its_provider() -> None:
    row, shape = PROVIDERS["openai"], shape_of(PROVIDERS["openai"])
    streams = Streams(OVERLOADED[row.name], shape.piece + shape.done)
    streams.transport.recorder = recorder = Recorded()
    async for _ in connected(row, streams.transport).stream(QUESTION):
        pass
    answered = (Event.PROVIDER_REQUEST, "openai", "200")
    assert recorder.events == [answered, (Event.RETRY, "openai"), answered]
