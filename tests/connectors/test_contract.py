"""The behaviour every row shares; a new row is tested on the day it is added."""

from __future__ import annotations

import asyncio
import gzip
import logging
from contextlib import aclosing, suppress
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from connectors import (
    PROVIDERS,
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    Connector,
    ConnectorError,
    Embedder,
    Generator,
    Health,
    InvalidResponse,
    MissingApiKey,
    OutOfMemory,
    Provider,
    RateLimitExceeded,
    Reranker,
    Role,
    Tool,
    ToolCall,
    connect,
)
from connectors.http.transport import Transport
from connectors.provider import plain_name
from tests.connectors.local_server import Answer, Received, frame, head, serving, whole
from tests.connectors.replay import KEY, QUESTION, Naps, Reads, connected, environ_of
from tests.connectors.shapes import shape_of
from tests.rows import each

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


def ok(row: Provider) -> httpx.Response:
    return replied(shape_of(row).answer)


def replied(body: bytes) -> httpx.Response:
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
    for names in (row.key_env, row.url_env, row.model_env):
        are_abi = [name.startswith("ABI_") for name in names]
        assert are_abi == sorted(are_abi, reverse=True)
        assert names[0] == f"ABI_{plain_name(names)}"
    assert row.needs_key is not row.is_local


def test_the_abi_name_wins(row: Provider) -> None:
    environ = {plain_name(names): "plain" for names in (row.key_env, row.url_env, row.model_env)}
    environ |= {row.key_env[0]: "abi-key-1", row.url_env[0]: "http://abi", row.model_env[0]: "abi"}
    config = row.load_from_env(environ)
    assert (config.base_url, config.model) == ("http://abi", "abi")
    assert config.api_key is not None
    assert config.api_key.reveal() == "abi-key-1"


@pytest.mark.parametrize("tuple_of", ["key_env", "url_env", "model_env"])
def test_every_variable_works_alone(row: Provider, tuple_of: str) -> None:
    for name in getattr(row, tuple_of):
        environ = dict.fromkeys(row.key_env[:1], KEY) if tuple_of != "key_env" else {}
        config = row.load_from_env(environ | {name: "http://only"})
        held = {
            "key_env": config.api_key and config.api_key.reveal(),
            "url_env": config.base_url,
            "model_env": config.model,
        }
        assert held[tuple_of] == "http://only", name


def test_a_blank_variable_counts_as_unset(row: Provider) -> None:
    environ = {name: " " for names in (row.url_env, row.model_env) for name in names}
    environ |= dict.fromkeys(row.key_env, " \t") | {plain_name(row.key_env): KEY}
    config = row.load_from_env(environ)
    assert (config.base_url, config.model) == (row.base_url, row.model)
    if config.api_key is not None:
        assert config.api_key.reveal() == KEY


def test_a_nonsense_address_names_its_variable(row: Provider) -> None:
    for name in row.url_env:
        for load in (row.load_from_env, row.try_load):
            with pytest.raises(ApiRequestFailed, match=rf": {name} "):
                load(dict.fromkeys(row.key_env, KEY) | {name: "no address"})


def test_a_malformed_key_raises_and_names_its_variable(row: Provider) -> None:
    for name in row.key_env:
        for load in (row.load_from_env, row.try_load):
            with pytest.raises(MissingApiKey, match=rf": {name} holds"):
                load({name: "two words"})


def test_without_a_variable_nothing_is_available(row: Provider) -> None:
    assert not row.is_available({})
    assert not row.is_available(dict.fromkeys(row.key_env + row.url_env, ""))
    assert (row.try_load({}) is None) is row.needs_key


def test_what_is_set_up_is_available(row: Provider) -> None:
    assert row.is_available(environ_of(row))
    assert row.try_load(environ_of(row)) is not None


def test_a_local_server_is_available_by_any_of_its_variables(row: Provider) -> None:
    for name in row.url_env + row.model_env:
        assert row.is_available({name: "x"}) is row.is_local


async def test_a_request_is_signed_and_goes_to_the_chat_path(row: Provider) -> None:
    script = Script(ok(row))
    answer = await connected(row, script.transport).chat(QUESTION)
    (request,) = script.requests
    model = "m" if shape_of(row).names_model else None
    assert (answer.text, answer.model, answer.finish_reason) == ("hi", model, "stop")
    assert request.url == shape_of(row).chat_url
    header, before = row.key_header
    assert request.headers.get(header) == (before + KEY if row.key_env else None)
    assert row.headers.items() <= dict(request.headers).items()


REASONS = {
    400: "bad_request",
    401: "auth",
    402: "billing",
    403: "permission",
    405: "wrong_address",
    410: "gone",
    413: "too_large",
    422: "validation",
}
BODIES = [
    b'{"error":{"message":"because","type":"t","code":null}}',
    b'{"error":"because"}',
    b'{"message":"because"}',
    b'{"message":{"detail":"because"}}',
    b'{"detail":"because"}',
    b'{"detail":[{"msg":"because"}]}',
    b'{"error":["because"]}',
    b'{"type":"error","error":{"type":"t","message":"because"}}',
    b'{"id":"x","message":"because"}',
    b"because",
    b"<html><head><title>because</title></head></html>",
    b"",
]


@each("status", REASONS)
async def test_a_refusal_is_named_and_not_repeated(row: Provider, status: int) -> None:
    for body in BODIES:
        script = Script(httpx.Response(status, content=body))
        error = await failing(row, script)
        assert (type(error), error.reason) == (ApiRequestFailed, REASONS[status])
        assert (error.status, error.detail) == (status, "because" if body else "")
        assert (error.provider, error.retryable, len(script.requests)) == (row.name, False, 1)


@each("status", [408, 409, 429, 502, 503, 504, 529])
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
    script = Script(httpx.Response(503), httpx.ReadError("lost"), ok(row))
    if row.is_local:  # one repetition of a lost connection is the second of two
        script = Script(httpx.ReadError("lost"), httpx.Response(503), ok(row))
    assert (await connected(row, script.transport).chat(QUESTION)).text == "hi"


async def test_no_retries_means_one_request(row: Provider) -> None:
    script = Script(httpx.Response(503))
    connector = connect(row.load_from_env(environ_of(row)), transport=script.transport, retries=0)
    with pytest.raises(ConnectorError):
        await connector.chat(QUESTION)
    assert len(script.requests) == 1


@each(
    "headers, naps",
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
        ({"ratelimit": '"api";r=0;t=55'}, [55.0]),
        ({"retry-after": "soon"}, [0.5]),
        ({"retry-after": "60"}, [60.0]),
    ],
)
async def test_the_servers_wait_is_obeyed(
    row: Provider, headers: dict[str, str], naps: list[float]
) -> None:
    script = Script(httpx.Response(429, headers=headers), ok(row))
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


@each("body", [b"", b"<html>", b"{", b"[]", b"{}", b'{"choices":[]}', b"null"])
async def test_nonsense_is_an_invalid_response(row: Provider, body: bytes) -> None:
    assert type(await failing(row, Script(replied(body)))) is InvalidResponse


@pytest.mark.parametrize("body", [b'{"error":"no"}', b'{"error":{"message":"no"}}'])
async def test_an_error_inside_a_200_is_an_error(row: Provider, body: bytes) -> None:
    error = await failing(row, Script(replied(body)))
    assert (type(error), error.detail) == (ApiRequestFailed, "no")


async def test_a_stream_answered_by_a_whole_reply_is_read(row: Provider) -> None:
    assert await streamed(connected(row, Script(ok(row)).transport)) == "hi"


async def test_a_web_page_in_place_of_a_stream_is_an_invalid_response(row: Provider) -> None:
    page = httpx.Response(200, html="<html>Sign in</html>")
    with pytest.raises(InvalidResponse, match="web page"):
        await streamed(connected(row, Script(page).transport))


async def test_a_compressed_reply_is_read(row: Provider) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        headers = {"content-encoding": "gzip"}
        reads = [gzip.compress(shape_of(row).answer)]
        return httpx.Response(200, headers=headers, stream=Reads(reads))

    connector = connected(row, Transport(http=httpx.MockTransport(handle)))
    assert (await connector.chat(QUESTION)).text == "hi"


async def test_a_cut_stream_keeps_its_text_and_is_truncated(
    row: Provider, transport: Transport
) -> None:
    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(begun(row))
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
    shape = shape_of(row)
    reads = Reads([shape.piece, shape.done.removesuffix(shape.end_mark)], breaks_off=True)
    reply = httpx.Response(200, stream=reads)
    connector = connected(row, Transport(http=httpx.MockTransport(lambda _: reply)))
    assert await streamed(connector) == "hi"


def begun(row: Provider) -> bytes:
    """Return the head of a stream and its first piece."""
    shape = shape_of(row)
    return head(kind=shape.stream_kind, transfer_encoding="chunked") + frame(shape.piece)


def endless(row: Provider, is_closing: asyncio.Event) -> Answer:
    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(begun(row))
        await writer.drain()
        await is_closing.wait()

    return answer


async def test_a_stream_left_early_leaves_no_connection_open(
    row: Provider, transport: Transport
) -> None:
    is_closing = asyncio.Event()
    is_closing.set()
    async with serving(endless(row, is_closing)) as server:
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

    async with serving(endless(row, is_closing)) as server:
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
        writer.write(begun(row) + frame(shape_of(row).done))
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
    script = Script(ok(row))
    connector = connect(config, transport=script.transport)
    await connector.aclose()
    assert config.api_key is None or config.api_key.is_closed
    closed = ApiRequestFailed if config.api_key is None else MissingApiKey
    with pytest.raises(closed, match="the connector is closed"):
        await connector.chat(QUESTION)
    with pytest.raises(closed, match="the connector is closed"):
        await anext(connector.stream(QUESTION))
    with pytest.raises(closed, match="the connector is closed"):
        await connector.models()
    if isinstance(connector, Embedder):
        with pytest.raises(closed, match="the connector is closed"):
            await connector.embed([], model="m")
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
        await connected(row, Script(replied(b'{"data":"x","models":"x"}')).transport).models()


async def test_a_request_without_a_model_rests_on_the_default(
    row: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    environ = dict.fromkeys(row.key_env, KEY)
    script = Script(ok(row))
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
    assert len(caplog.records) == len(row.retired)


async def test_a_hosted_default_goes_to_no_server_of_the_users(
    row: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    environ = environ_of(row)
    del environ[row.model_env[0]]
    lists = [replied(shape_of(row).listed)] if row.dialect.names_model else []
    script = Script(*lists, ok(row))
    config = row.load_from_env(environ)
    connector = connect(config, transport=script.transport, today=lambda: date(2026, 11, 22))
    with caplog.at_level(logging.WARNING, "connectors"):
        await connector.chat(QUESTION)
    assert config.model == row.model
    asked = script.requests[-1].content.decode()
    assert ('"model":"chat-x"' in asked) is row.dialect.names_model
    assert row.dialect.names_model or '"model"' not in asked
    assert caplog.records == []


async def test_one_question_is_answered_with_its_text(row: Provider) -> None:
    script = Script(ok(row))
    connector = connected(row, script.transport)
    assert await connector.ask("Why is the sky blue?") == "hi"
    assert await connector.ask("Why is the sky blue?", system="Be brief.") == "hi"
    plain, with_system = (request.content.decode() for request in script.requests)
    assert "Be brief." not in plain
    assert "Be brief." in with_system
    assert "sky" in plain


async def test_the_configured_cap_is_sent_where_a_request_names_none(row: Provider) -> None:
    config = row.load_from_env(environ_of(row))
    assert config.max_tokens == (4096 if row.name == "anthropic" else None)
    script = Script(ok(row))
    capped = connect(msgspec.structs.replace(config, max_tokens=77), transport=script.transport)
    await capped.chat(QUESTION)
    await capped.chat(msgspec.structs.replace(QUESTION, max_tokens=5))
    with suppress(ConnectorError):
        await streamed(capped)
    sent = [request.content.decode() for request in script.requests]
    assert [":77" in body for body in sent] == [True, False, True]
    assert ":5" in sent[1]


async def test_a_bare_string_is_not_taken_for_texts(row: Provider) -> None:
    script = Script(ok(row))
    connector = connected(row, script.transport)
    bare: Any = "text"
    if isinstance(connector, Embedder):
        with pytest.raises(TypeError, match="texts takes a sequence"):
            await connector.embed(bare, model="m")
    if isinstance(connector, Reranker):
        with pytest.raises(TypeError, match="texts takes a sequence"):
            await connector.rerank("q", bare, model="m")
    if isinstance(connector, Generator):
        with pytest.raises(TypeError, match="stop takes a sequence"):
            await connector.generate("q", stop=bare)
        with pytest.raises(TypeError, match="stop takes a sequence"):
            connector.generate_stream("q", stop=bare)
    assert script.requests == []


async def test_texts_are_embedded_without_naming_a_model(row: Provider) -> None:
    # The provider's own servers get the row's model, others the first listed one that embeds.
    lists = [] if row.embed_model or not row.dialect.names_model else [shape_of(row).listed]
    script = Script(*map(replied, lists), httpx.Response(400))
    connector = connect(
        row.load_from_env(dict.fromkeys(row.key_env, KEY)),
        transport=script.transport,
        today=lambda: date(2026, 11, 22),
    )
    if not isinstance(connector, Embedder):
        return
    with pytest.raises(ApiRequestFailed):
        await connector.embed(["a"])
    asked = script.requests[-1]
    expected = row.embed_model or (msgspec.json.decode(lists[0]) if lists else None)
    if isinstance(expected, dict):
        expected = "embed"
    assert (expected or "") in f"{asked.url}{asked.content.decode()}"
    assert ("model" in msgspec.json.decode(asked.content)) is (
        row.dialect.names_model and row.name != "huggingface"
    )


async def test_a_model_in_the_request_wins(row: Provider) -> None:
    script = Script(ok(row))
    request = ChatRequest((ChatMessage("user", "hi"),), model="chosen")
    await connected(row, script.transport).chat(request)
    assert b'"chosen"' in script.requests[0].content


async def test_a_wait_named_in_the_body_is_obeyed(row: Provider) -> None:
    body = {"error": "Model m is currently loading", "estimated_time": 20.0}
    script = Script(httpx.Response(503, json=body), ok(row))
    await connected(row, script.transport).chat(QUESTION)
    assert script.naps.seconds == [20.0]


@pytest.mark.parametrize(("word", "requests"), [("false", 1), ("true", 4)])
async def test_the_server_may_say_whether_to_try_again(
    row: Provider, word: str, requests: int
) -> None:
    status = 503 if word == "false" else 400
    script = Script(httpx.Response(status, headers={"x-should-retry": word}))
    await failing(row, script)
    assert len(script.requests) == requests


async def test_an_error_in_a_stream_keeps_the_text_before_it(row: Provider) -> None:
    error = b'{"type":"error","error":{"message":"no","type":"t"}}'
    shape = shape_of(row)
    is_lines = shape.stream_kind == "application/x-ndjson"
    event = error + b"\n" if is_lines else b"data: " + error + b"\n\n"
    reply = httpx.Response(200, stream=Reads([shape.piece + event + shape.done]))
    connector = connected(row, Transport(http=httpx.MockTransport(lambda _: reply)))
    async with aclosing(connector.stream(QUESTION)) as chunks:
        assert (await anext(chunks)).text == "hi"
        with pytest.raises(ApiRequestFailed) as raised:
            await anext(chunks)
    assert raised.value.detail == "no"


async def test_an_empty_stream_is_truncated_and_not_an_empty_answer(row: Provider) -> None:
    reply = httpx.Response(200, stream=Reads([]))
    connector = connected(row, Transport(http=httpx.MockTransport(lambda _: reply)))
    with pytest.raises(InvalidResponse) as raised:
        await streamed(connector)
    assert raised.value.reason == "truncated"


async def test_an_event_cut_in_two_by_the_end_is_truncated_and_no_nonsense(row: Provider) -> None:
    shape = shape_of(row)
    reply = httpx.Response(200, stream=Reads([shape.piece, shape.piece[:20]]))
    connector = connected(row, Transport(http=httpx.MockTransport(lambda _: reply)))
    with pytest.raises(InvalidResponse) as raised:
        await streamed(connector)
    assert raised.value.reason == "truncated"


async def test_a_broken_stream_of_events_is_an_invalid_response(row: Provider) -> None:
    shape = shape_of(row)
    reads = Reads([shape.piece, b"data: {oops\n\n", shape.done])
    reply = httpx.Response(200, stream=reads)
    connector = connected(row, Transport(http=httpx.MockTransport(lambda _: reply)))
    with pytest.raises(InvalidResponse):
        await streamed(connector)


async def test_the_models_are_listed_and_those_that_chat_are_told_apart(row: Provider) -> None:
    listed = await connected(row, Script(replied(shape_of(row).listed)).transport).models()
    assert [model.id for model in listed if model.is_chat] == ["chat-x", "chat-y"]


async def test_an_empty_list_of_models_is_a_list(row: Provider) -> None:
    assert (
        await connected(row, Script(replied(shape_of(row).empty_listed)).transport).models() == []
    )


async def test_a_redirect_is_not_followed(row: Provider) -> None:
    script = Script(httpx.Response(307, headers={"location": "http://elsewhere.example/"}))
    await failing(row, script)
    assert {request.url.host for request in script.requests} == {"127.0.0.1"}


async def test_a_default_address_is_asked_or_its_successor(row: Provider) -> None:
    environ = dict.fromkeys(row.key_env, KEY) | {row.model_env[0]: "m"}
    script = Script(ok(row))
    connector = connect(
        row.load_from_env(environ), transport=script.transport, today=lambda: date(2026, 11, 22)
    )
    await connector.chat(QUESTION)
    used = row.current(row.base_url, date(2026, 11, 22))
    assert str(script.requests[0].url).startswith(f"{row.address(used or '')}/")


async def test_a_chosen_address_is_never_replaced(row: Provider) -> None:
    script = Script(ok(row))
    await connected(row, script.transport, row.base_url).chat(QUESTION)
    assert str(script.requests[0].url).startswith(f"{row.address(row.base_url)}/")


async def test_a_tool_call_goes_out_and_its_result_back_in(row: Provider) -> None:
    call = ToolCall("call_01", "get_weather", '{"city":"Lyon"}')
    history = (
        ChatMessage(Role.SYSTEM, "Be brief."),
        ChatMessage(Role.USER, "Weather?"),
        ChatMessage(Role.ASSISTANT, "", tool_calls=(call,)),
        ChatMessage(Role.TOOL, "sunny", tool_call_id=call.id),
    )
    script = Script(ok(row))
    await connected(row, script.transport).chat(ChatRequest(history, tools=(Tool("get_weather"),)))
    sent = script.requests[0].content.decode()
    for word in ("Be brief.", "Weather?", "get_weather", "Lyon", "sunny"):
        assert word in sent


async def test_an_inline_image_is_sent(row: Provider) -> None:
    message = ChatMessage(Role.USER, "what?", images=("data:image/png;base64,QUJDRA==",))
    script = Script(ok(row))
    await connected(row, script.transport).chat(ChatRequest((message,)))
    assert b"QUJDRA==" in script.requests[0].content


async def test_a_reply_larger_than_the_cap_is_refused(row: Provider) -> None:
    body = shape_of(row).answer + b" " * 2_000
    transport = Transport(
        http=httpx.MockTransport(lambda _: replied(body)), reply_limit_bytes=1_000
    )
    with pytest.raises(OutOfMemory):
        await connected(row, transport).chat(QUESTION)


async def test_an_answer_in_a_list_of_one_is_the_answer(row: Provider) -> None:
    script = Script(replied(b"[" + shape_of(row).answer + b"]"))
    assert (await connected(row, script.transport).chat(QUESTION)).text == "hi"


async def test_a_list_of_errors_in_place_of_an_answer_is_the_error(row: Provider) -> None:
    error = {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}
    raised = await failing(row, Script(replied(msgspec.json.encode([{"error": error}]))))
    assert (raised.reason, raised.detail) == ("rate_limit", "Resource has been exhausted")
