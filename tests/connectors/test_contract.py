"""The behaviour every row shares; a new row is tested on the day it is added."""

from __future__ import annotations

import asyncio
import gzip
import logging
from contextlib import aclosing
from datetime import date

import httpx
import pytest

from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    Connector,
    ConnectorError,
    Health,
    InvalidResponse,
    MissingApiKey,
    Provider,
    RateLimitExceeded,
    connect,
)
from connectors.transport import Transport
from tests.connectors.local_server import Answer, Received, frame, head, serving, whole
from tests.connectors.replay import KEY, QUESTION, Naps, Reads, connected, environ_of

ANSWER = b'{"model":"m","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}'
PIECE = b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n'
DONE = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
LIST = b'{"data":[{"id":"text-embedding-x"},{"id":"chat-x"},{"id":"chat-y"}]}'

pytestmark = pytest.mark.parametrize("row", PROVIDERS.values(), ids=list(PROVIDERS))


class Script:
    """Answers each request with the next reply, the last one for ever; keeps the requests."""

    def __init__(self, *replies: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self.naps = Naps()
        self.transport = Transport(
            http=httpx.MockTransport(self._answer), sleep=self.naps, random=lambda: 0.5
        )
        self._replies = list(replies)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


def ok(body: bytes = ANSWER) -> httpx.Response:
    return httpx.Response(200, content=body, headers={"content-type": "application/json"})


async def failing(row: Provider, script: Script) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        await connected(row, script.transport).chat(QUESTION)
    return raised.value


async def streamed(connector: Connector) -> str:
    async with aclosing(connector.stream(QUESTION)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


def test_a_row_says_what_a_person_needs(row: Provider) -> None:
    assert PROVIDERS[row.name] is row
    assert row.label
    for names in filter(None, (row.key_env, row.url_env, row.model_env)):
        abi, plain = names
        assert abi == f"ABI_{plain}"
    assert row.needs_key is not row.is_local


def test_the_abi_name_wins(row: Provider) -> None:
    environ = {row.url_env[0]: "http://abi", row.url_env[1]: "http://plain"}
    environ |= {row.model_env[0]: "abi", row.model_env[1]: "plain"}
    environ |= dict(zip(row.key_env, ("abi-key-1", "plain-key-1"), strict=False))
    config = row.load_from_env(environ)
    assert (config.base_url, config.model) == ("http://abi/v1", "abi")
    if config.api_key is not None:
        assert config.api_key.reveal() == "abi-key-1"


def test_a_blank_variable_counts_as_unset(row: Provider) -> None:
    environ = {name: " " for names in (row.url_env, row.model_env) for name in names}
    environ |= dict(zip(row.key_env, (" \t", KEY), strict=False))
    config = row.load_from_env(environ)
    assert (config.base_url, config.model) == (row.base_url, row.model)
    if config.api_key is not None:
        assert config.api_key.reveal() == KEY


def test_a_nonsense_address_names_its_variable(row: Provider) -> None:
    with pytest.raises(ApiRequestFailed, match=row.url_env[1]):
        row.load_from_env(dict.fromkeys(row.key_env, KEY) | {row.url_env[1]: "no address"})


def test_without_a_variable_nothing_is_available(row: Provider) -> None:
    assert not row.is_available({})
    assert not row.is_available(dict.fromkeys(row.key_env + row.url_env, ""))
    assert (row.try_load({}) is None) is row.needs_key


def test_what_is_set_up_is_available(row: Provider) -> None:
    assert row.is_available(environ_of(row))
    assert row.try_load(environ_of(row)) is not None


def test_a_local_server_is_available_by_any_of_its_variables(row: Provider) -> None:
    for names in (row.url_env, row.model_env):
        assert row.is_available({names[1]: "x"}) is row.is_local


async def test_a_request_is_signed_and_goes_to_the_chat_path(row: Provider) -> None:
    script = Script(ok())
    answer = await connected(row, script.transport).chat(QUESTION)
    (request,) = script.requests
    assert (answer.text, answer.model, answer.finish_reason) == ("hi", "m", "stop")
    assert request.url == "http://127.0.0.1:9/v1/chat/completions"
    signed = f"Bearer {KEY}" if row.key_env else None
    assert request.headers.get("authorization") == signed


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "bad_request"),
        (401, "auth"),
        (402, "billing"),
        (403, "permission"),
        (404, "not_found"),
        (410, "gone"),
        (413, "too_large"),
        (422, "validation"),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"message":"because","type":"t","code":null}}',
        b'{"error":"because"}',
        b'{"message":"because"}',
        b'{"message":{"detail":"because"}}',
        b'{"detail":"because"}',
        b'{"detail":[{"msg":"because"}]}',
        b"because",
        b"<html><head><title>because</title></head></html>",
        b"",
    ],
    ids=["object", "string", "message", "nested", "detail", "list", "text", "HTML", "nothing"],
)
async def test_a_refusal_is_named_and_not_repeated(
    row: Provider, status: int, reason: str, body: bytes
) -> None:
    script = Script(httpx.Response(status, content=body))
    error = await failing(row, script)
    assert (type(error), error.reason, error.status) == (ApiRequestFailed, reason, status)
    assert error.detail == ("because" if body else "")
    assert (error.provider, error.retryable, len(script.requests)) == (row.name, False, 1)


@pytest.mark.parametrize("status", [408, 409, 429, 502, 503, 504, 529])
async def test_a_passing_fault_is_tried_three_times_more(row: Provider, status: int) -> None:
    script = Script(httpx.Response(status))
    error = await failing(row, script)
    assert (error.status, error.retryable) == (status, True)
    assert script.naps.seconds == [0.5, 1.0, 2.0]


async def test_a_server_fault_is_repeated_less_on_local_servers(row: Provider) -> None:
    script = Script(httpx.Response(500))
    await failing(row, script)
    assert script.naps.seconds == ([0.5] if row.is_local else [0.5, 1.0, 2.0])


async def test_an_answer_after_a_fault_is_the_answer(row: Provider) -> None:
    script = Script(httpx.Response(503), httpx.ReadError("lost"), ok())
    if row.is_local:  # one repetition of a lost connection is the second of two
        script = Script(httpx.ReadError("lost"), httpx.Response(503), ok())
    assert (await connected(row, script.transport).chat(QUESTION)).text == "hi"


async def test_no_retries_means_one_request(row: Provider) -> None:
    script = Script(httpx.Response(503))
    connector = connect(row.load_from_env(environ_of(row)), transport=script.transport, retries=0)
    with pytest.raises(ConnectorError):
        await connector.chat(QUESTION)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("headers", "naps"),
    [
        ({"retry-after": "20"}, [20.0]),
        ({"retry-after": "1.5"}, [1.5]),
        ({"retry-after-ms": "850", "retry-after": "9"}, [0.85]),
        (
            {
                "retry-after": "Wed, 18 Nov 2026 12:00:30 GMT",
                "date": "Wed, 18 Nov 2026 12:00:00 GMT",
            },
            [30.0],
        ),
        ({"retry-after": "60"}, [60.0]),
    ],
)
async def test_the_servers_wait_is_obeyed(
    row: Provider, headers: dict[str, str], naps: list[float]
) -> None:
    script = Script(httpx.Response(429, headers=headers), ok())
    await connected(row, script.transport).chat(QUESTION)
    assert script.naps.seconds == naps


async def test_a_wait_of_over_a_minute_is_handed_on_at_once(row: Provider) -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "61"}))
    error = await failing(row, script)
    assert isinstance(error, RateLimitExceeded)
    assert (error.retry_after, script.naps.seconds) == (61.0, [])


async def test_a_429_about_money_is_not_repeated(row: Provider) -> None:
    script = Script(httpx.Response(429, json={"error": {"code": "insufficient_quota"}}))
    error = await failing(row, script)
    assert (error.reason, len(script.requests)) == ("billing", 1)


async def test_an_unknown_model_is_not_found(row: Provider) -> None:
    body = {"error": {"message": "The model `m` does not exist.", "code": "model_not_found"}}
    error = await failing(row, Script(httpx.Response(404, json=body)))
    assert (error.reason, error.provider_code) == ("not_found", "model_not_found")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"[]", b"{}", b'{"choices":[]}', b"null"])
async def test_nonsense_is_an_invalid_response(row: Provider, body: bytes) -> None:
    assert type(await failing(row, Script(ok(body)))) is InvalidResponse


@pytest.mark.parametrize("body", [b'{"error":"no"}', b'{"error":{"message":"no"}}'])
async def test_an_error_inside_a_200_is_an_error(row: Provider, body: bytes) -> None:
    error = await failing(row, Script(ok(body)))
    assert (type(error), error.detail) == (ApiRequestFailed, "no")


async def test_a_stream_answered_by_a_whole_reply_is_read(row: Provider) -> None:
    assert await streamed(connected(row, Script(ok()).transport)) == "hi"


async def test_a_web_page_in_place_of_a_stream_is_an_invalid_response(row: Provider) -> None:
    page = httpx.Response(200, html="<html>Sign in</html>")
    with pytest.raises(InvalidResponse, match="web page"):
        await streamed(connected(row, Script(page).transport))


async def test_a_compressed_reply_is_read(row: Provider) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": "gzip"}
        return httpx.Response(200, headers=headers, stream=Reads([gzip.compress(ANSWER)]))

    connector = connected(row, Transport(http=httpx.MockTransport(handle)))
    assert (await connector.chat(QUESTION)).text == "hi"


async def test_a_cut_stream_keeps_its_text_and_is_truncated(
    row: Provider, transport: Transport
) -> None:
    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head(kind="text/event-stream", transfer_encoding="chunked") + frame(PIECE))
        await writer.drain()
        writer.close()

    async with serving(answer) as server:
        connector = connected(row, transport, server.url)
        async with aclosing(connector.stream(QUESTION)) as chunks:
            assert (await anext(chunks)).text == "hi"
            with pytest.raises(InvalidResponse) as raised:
                await anext(chunks)
    assert raised.value.reason == "truncated"


async def test_a_connection_lost_after_the_finish_reason_is_no_error(row: Provider) -> None:
    reads = Reads([PIECE, DONE.partition(b"data: [DONE]")[0]], breaks_off=True)
    reply = httpx.Response(200, stream=reads)
    connector = connected(row, Transport(http=httpx.MockTransport(lambda _: reply)))
    assert await streamed(connector) == "hi"


def endless(is_closing: asyncio.Event) -> Answer:
    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head(kind="text/event-stream", transfer_encoding="chunked") + frame(PIECE))
        await writer.drain()
        await is_closing.wait()

    return answer


async def test_a_stream_left_early_leaves_no_connection_open(
    row: Provider, transport: Transport
) -> None:
    is_closing = asyncio.Event()
    is_closing.set()
    async with serving(endless(is_closing)) as server:
        async with aclosing(connected(row, transport, server.url).stream(QUESTION)) as chunks:
            assert (await anext(chunks)).text == "hi"
        await server.until_empty()


async def test_a_cancelled_stream_leaves_no_connection_open(
    row: Provider, transport: Transport
) -> None:
    is_closing, has_text = asyncio.Event(), asyncio.Event()
    is_closing.set()

    async def read(connector: Connector) -> None:
        async for _ in connector.stream(QUESTION):
            has_text.set()

    async with serving(endless(is_closing)) as server:
        task = asyncio.create_task(read(connected(row, transport, server.url)))
        await has_text.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.until_empty()


async def test_a_whole_stream_gives_its_connection_back(
    row: Provider, transport: Transport
) -> None:
    has_all = asyncio.Event()

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        body = frame(PIECE) + frame(DONE)
        writer.write(head(kind="text/event-stream", transfer_encoding="chunked") + body)
        await has_all.wait()
        writer.write(b"0\r\n\r\n")

    async with serving(answer) as server:
        connector = connected(row, transport, server.url)
        for _ in range(3):
            has_all.clear()
            async for chunk in connector.stream(QUESTION):
                if chunk.finish_reason:
                    has_all.set()
        assert len(server.received) == 3
        assert len(server.open) == 1


async def test_closing_wipes_the_key_and_ends_the_connector(row: Provider) -> None:
    config = row.load_from_env(environ_of(row))
    script = Script(ok())
    connector = connect(config, transport=script.transport)
    await connector.aclose()
    if config.api_key is not None:
        assert config.api_key.is_closed
        with pytest.raises(MissingApiKey):
            await connector.chat(QUESTION)
        assert script.requests == []


async def test_health_up_is_a_time(row: Provider, transport: Transport) -> None:
    async with serving(whole(b'{"data":[]}')) as server:
        connector = connected(row, transport, server.url)
        assert isinstance(connector, Health)
        assert 0 < await connector.health() < 5
        await connector.aclose()


async def test_health_down_is_an_error_at_once(row: Provider) -> None:
    script = Script(httpx.Response(503))
    connector = connected(row, script.transport)
    assert isinstance(connector, Health)
    with pytest.raises(ApiRequestFailed) as raised:
        await connector.health()
    assert (raised.value.reason, script.naps.seconds) == ("unavailable", [])


async def test_a_list_that_is_no_list_is_an_invalid_response(row: Provider) -> None:
    with pytest.raises(InvalidResponse):
        await connected(row, Script(ok(b'{"data":"x"}')).transport).models()


async def test_a_request_without_a_model_rests_on_the_default(
    row: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    environ = environ_of(row)
    del environ[row.model_env[0]]
    script = Script(ok(ANSWER))
    connector = connect(
        row.load_from_env(environ),
        transport=script.transport,
        today=lambda: date(2026, 11, 22),
    )
    with caplog.at_level(logging.WARNING, "connectors"):
        if row.model is not None:
            await connector.chat(QUESTION)
            await connector.chat(QUESTION)
            used = row.current(row.model, date(2026, 11, 22))
            assert f'"model":"{used}"' in script.requests[0].content.decode()
    assert len(caplog.records) == (1 if row.retired else 0)


async def test_a_model_in_the_request_wins(row: Provider) -> None:
    script = Script(ok())
    request = ChatRequest((ChatMessage("user", "hi"),), model="chosen")
    await connected(row, script.transport).chat(request)
    assert b'"chosen"' in script.requests[0].content
