from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from connectors import ConnectorError
from connectors.http.direct import Direct
from connectors.http.timeouts import Timeouts
from connectors.http.transport import Transport
from tests.connectors.local_server import (
    Answer,
    Received,
    cut_in_body,
    drop,
    no_http,
    say_nothing,
    serving,
    stall_in_body,
    whole,
)

SOON = Timeouts(connect_s=5, first_byte_s=0.5, between_s=0.05)
STALLED = Timeouts(connect_s=5, first_byte_s=5, between_s=0.05)
LONG = Timeouts(connect_s=5, first_byte_s=5, between_s=5)
HEADERS = {"user-agent": "x", "content-type": "application/json"}


@asynccontextmanager
async def opened() -> AsyncIterator[Transport]:
    transport = Transport()
    yield transport
    await transport.aclose()


async def post(transport: Transport, url: str, timeouts: Timeouts = LONG) -> tuple[int, bytes]:
    reply = await transport.send_short(
        "x", "POST", url, headers=lambda: HEADERS, body=b"{}", timeouts=timeouts
    )
    try:
        return reply.status, await reply.read_all()
    finally:
        await reply.aclose()


async def post_by_httpx(transport: Transport, url: str, timeouts: Timeouts) -> tuple[int, bytes]:
    reply = await transport.send(
        "x", "POST", url, headers=lambda: HEADERS, body=b"{}", timeouts=timeouts
    )
    try:
        return reply.status, await reply.read_all()
    finally:
        await reply.aclose()


async def test_a_request_is_the_one_that_httpx_would_send() -> None:
    async with serving(whole(b"pong")) as server, opened() as transport:
        url = f"{server.url}/a/b%20c?wait=true"
        assert await post(transport, url) == await post_by_httpx(transport, url, LONG)
    short, by_httpx = server.received
    assert (short.method, short.path, short.body) == ("POST", "/a/b%20c?wait=true", b"{}")
    assert short == by_httpx


async def test_one_connection_serves_one_request_after_the_other() -> None:
    async with serving(whole(b"pong")) as server, opened() as transport:
        for _ in range(3):
            assert await post(transport, f"{server.url}/") == (200, b"pong")
            assert len(server.open) == 1


async def test_what_comes_before_the_reply_is_passed_over() -> None:
    async def hint_first(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await whole(b"pong")(request, writer)

    async with serving(hint_first) as server, opened() as transport:
        assert await post(transport, f"{server.url}/") == (200, b"pong")


@pytest.mark.parametrize(
    ("answer", "timeouts"),
    [
        (drop, LONG),
        (no_http, LONG),
        (say_nothing, SOON),
        (cut_in_body, LONG),
        (stall_in_body, STALLED),
    ],
)
async def test_a_failure_is_the_error_that_it_is_by_httpx(
    answer: Answer, timeouts: Timeouts
) -> None:
    async with serving(answer) as server, opened() as transport:
        errors = []
        for send in (post, post_by_httpx):
            with pytest.raises(ConnectorError) as raised:
                await send(transport, f"{server.url}/", timeouts)
            errors.append(raised.value)
        await server.until_empty()
    assert repr(errors[0]) == repr(errors[1])
    assert errors[0].was_sent == errors[1].was_sent
    assert len(server.received) == 2


async def test_what_was_kept_open_and_closed_is_not_asked_twice() -> None:
    async with serving(whole(b"pong")) as server, opened() as transport:
        await post(transport, f"{server.url}/")
        server.answer = drop
        with pytest.raises(ConnectorError, match="dropped"):
            await post(transport, f"{server.url}/")
    assert len(server.received) == 2


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\0"])
async def test_no_header_holds_another_one(value: str) -> None:
    async with serving(whole(b"pong")) as server, opened() as transport:
        with pytest.raises(ValueError, match="cannot be sent"):
            await transport.send_short(
                "x", "POST", f"{server.url}/", headers=lambda: {"a": value}, body=b"", timeouts=LONG
            )
    assert not server.received


async def test_a_proxy_is_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(whole(b"", 418)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with opened() as transport:
            assert (await post(transport, "http://discord.invalid/a"))[0] == 418
    assert proxy.received[0].path == "http://discord.invalid/a"


async def test_what_has_to_be_encoded_in_an_address_is_left_to_httpx() -> None:
    async with serving(whole(b"pong")) as server, opened() as transport:
        await post(transport, f"{server.url}/a|b")
    assert server.received[0].path == "/a%7Cb"


async def test_an_at_sign_behind_the_host_is_no_password() -> None:
    async with serving(whole(b"pong")) as server, opened() as transport:
        url = f"{server.url}/messages/@original"
        reply = await Direct(transport._pool).send("PATCH", url, HEADERS, b"{}", 1.0)
        assert reply is not None
        await reply.aclose()
    assert server.received[0].path == "/messages/@original"


async def test_an_address_with_a_password_is_left_to_aiohttp() -> None:
    pool = aiohttp.TCPConnector()
    assert await Direct(lambda: pool).send("POST", "http://a:b@d.invalid/", {}, b"", 1.0) is None
    await pool.close()
