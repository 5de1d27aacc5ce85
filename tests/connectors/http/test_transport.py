"""Failures of a network over real sockets, and the errors they become."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl

import aiohttp
import pytest

from connectors import ApiRequestFailed, ConnectorError, InvalidResponse, OutOfMemory, Timeout
from connectors.http.timeouts import Timeouts
from connectors.http.transport import Transport, before_headers
from tests.connectors.local_server import (
    Answer,
    Received,
    cut_in_body,
    drop,
    frame,
    head,
    no_http,
    say_nothing,
    serving,
    stall_in_body,
    whole,
)

SHORT = Timeouts(connect_s=5, first_byte_s=0.05, between_s=0.05)
# The token of an interaction is part of its path, and whoever reads it can answer in the bot's
# name.
SECRET_PATH = "/webhooks/1/secret-token"
LONG = Timeouts(connect_s=5, first_byte_s=5, between_s=5)


async def send(url: str, timeouts: Timeouts = LONG, transport: Transport | None = None) -> bytes:
    transport = transport or Transport()
    try:
        reply = await transport.send("x", "GET", url, headers=dict, timeouts=timeouts)
        try:
            return await reply.read_all()
        finally:
            await reply.aclose()
    finally:
        await transport.aclose()


async def fail(
    url: str, timeouts: Timeouts = LONG, transport: Transport | None = None
) -> ConnectorError:
    with pytest.raises(ConnectorError) as raised:
        await send(url, timeouts, transport)
    return raised.value


async def reset(request: Received, writer: asyncio.StreamWriter) -> None:
    _reset(writer)


async def reset_in_body(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(head(transfer_encoding="chunked") + frame(b"half"))
    await writer.drain()
    _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    # Zero linger sends RST in place of FIN.
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    writer.transport.abort()


@pytest.mark.parametrize("answer", [drop, reset])
async def test_a_dropped_connection_is_no_timeout(answer: Answer) -> None:
    async with serving(answer) as server:
        error = await fail(server.url)
    assert type(error) is ApiRequestFailed
    assert (error.reason, error.retryable) == ("unavailable", True)
    assert "dropped" in str(error)


async def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await fail(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert (error.reason, error.retryable) == ("unavailable", True)
    assert "does not accept connections" in str(error)


async def test_an_unknown_host_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await fail("http://no-such-host.test")
    assert (error.reason, error.retryable) == ("unavailable", True)
    assert "host name" in str(error)


async def test_a_server_without_tls_is_not_tried_again() -> None:
    def speak_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(speak_first, "127.0.0.1", 0)
    async with server:
        error = await fail(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert (error.reason, error.retryable) == ("unavailable", False)
    assert "TLS" in str(error)


def test_a_refused_certificate_is_not_tried_again() -> None:
    key = aiohttp.client_reqrep.ConnectionKey("h", 443, True, True, None, None, None)
    cause = aiohttp.ClientConnectorCertificateError(key, ssl.SSLCertVerificationError())
    assert not before_headers("x", cause).retryable


async def test_another_protocol_is_an_invalid_response() -> None:
    async with serving(no_http) as server:
        assert isinstance(await fail(server.url), InvalidResponse)


@pytest.mark.parametrize("answer", [cut_in_body, reset_in_body])
async def test_a_connection_lost_inside_a_body_is_truncated(answer: Answer) -> None:
    async with serving(answer) as server:
        error = await fail(server.url)
    assert isinstance(error, InvalidResponse)
    assert (error.reason, error.retryable) == ("truncated", True)


@pytest.mark.parametrize("answer", [say_nothing, stall_in_body])
async def test_silence_is_a_timeout_and_closes_the_connection(answer: Answer) -> None:
    async with serving(answer) as server:
        error = await fail(server.url, SHORT)
        await server.until_empty()
    assert isinstance(error, Timeout)
    assert (error.reason, error.retryable) == ("timeout", True)


async def test_the_wait_between_pieces_is_not_the_wait_for_the_first() -> None:
    async with serving(stall_in_body) as server:
        error = await fail(server.url, Timeouts(connect_s=5, first_byte_s=5, between_s=0.05))
    assert "no data for 0.05 s" in str(error)


async def test_a_reply_that_trickles_has_a_bound_in_time() -> None:
    async def trickle(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head(transfer_encoding="chunked"))
        while True:
            writer.write(frame(b": ping\n\n"))
            await writer.drain()
            await asyncio.sleep(0)

    async with serving(trickle) as server:
        timeouts = Timeouts(connect_s=5, first_byte_s=5, between_s=5, whole_s=0.05)
        error = await fail(server.url, timeouts)
    assert isinstance(error, Timeout)
    assert "not whole after 0.05 s" in str(error)


async def test_a_reply_over_the_cap_is_out_of_memory() -> None:
    async with serving(whole(b"x" * 2_000)) as server:
        error = await fail(server.url, transport=Transport(reply_limit_bytes=1_000))
        await server.until_empty()
    assert isinstance(error, OutOfMemory)
    assert not error.retryable


async def test_a_compressed_reply_is_read_over_a_socket() -> None:
    async with serving(whole(gzip.compress(b"ok"), content_encoding="gzip")) as server:
        assert await send(server.url) == b"ok"


async def test_what_only_calls_itself_compressed_is_an_invalid_response() -> None:
    async with serving(whole(b"plain text", content_encoding="gzip")) as server:
        error = await fail(server.url)
        await server.until_empty()
    assert isinstance(error, InvalidResponse)
    assert "decompressed" in str(error)


async def test_a_redirect_is_not_followed() -> None:
    async with serving(whole(b"", 302, location="http://127.0.0.1:1/")) as server:
        transport = Transport()
        reply = await transport.send("x", "GET", server.url, headers=dict, timeouts=LONG)
        await reply.aclose()
        await transport.aclose()
    assert reply.status == 302
    assert len(server.received) == 1


async def test_proxy_variables_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with serving(whole(b"ok")) as server:
        assert await send(server.url) == b"ok"


async def test_a_connection_is_used_again_after_a_whole_reply() -> None:
    async with serving(whole(b"ok")) as server:
        transport = Transport()
        for _ in range(3):
            reply = await transport.send("x", "GET", server.url, headers=dict, timeouts=LONG)
            assert await reply.read_all() == b"ok"
            await reply.aclose()
        assert len(server.open) == 1
        await transport.aclose()


async def test_two_hundred_streams_are_open_at_once() -> None:
    # aiohttp's own limit is 100, and httpx's too.
    everyone = asyncio.Barrier(200)

    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        await everyone.wait()
        writer.write(head(content_length="2") + b"ok")

    async with serving(answer) as server:
        transport = Transport()
        replies = await asyncio.gather(
            *(
                transport.send("x", "GET", server.url, headers=dict, timeouts=LONG)
                for _ in range(200)
            )
        )
        assert [await reply.read_all() for reply in replies] == [b"ok"] * 200
        await asyncio.gather(*(reply.aclose() for reply in replies))
        await transport.aclose()


async def test_a_cancelled_request_closes_its_connection() -> None:
    async with serving(say_nothing) as server:
        transport = Transport()
        task = asyncio.create_task(
            transport.send("x", "GET", server.url, headers=dict, timeouts=LONG)
        )
        await server.has_received.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.until_empty()
        await transport.aclose()


@pytest.mark.parametrize("answer", [whole(b"ok"), whole(b"no", 500), drop, no_http, cut_in_body])
async def test_no_log_shows_the_path_of_a_request(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("asyncio", "aiohttp", "httpx", "httpcore", "connectors"):
        caplog.set_level(logging.DEBUG, name)
    async with serving(answer) as server:
        try:
            await send(f"{server.url}{SECRET_PATH}")
        except ConnectorError:
            logging.getLogger("connectors").exception("as a caller would")
        assert server.received[0].path == SECRET_PATH
    assert SECRET_PATH not in caplog.text


async def test_no_log_shows_the_path_when_no_connection_comes_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address):
            try:
                url = f"http://{address[0]}:{address[1]}{SECRET_PATH}"
                await send(url, Timeouts(connect_s=0.05, first_byte_s=5))
            except ConnectorError:
                logging.getLogger("connectors").exception("as a caller would")
    assert "could not connect in time" in caplog.text
    assert SECRET_PATH not in caplog.text


async def test_no_log_shows_an_address_that_is_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    try:
        await send(f"ftp://127.0.0.1{SECRET_PATH}")
    except ConnectorError:
        logging.getLogger("connectors").exception("as a caller would")
    assert "as a caller would" in caplog.text
    assert SECRET_PATH not in caplog.text


async def test_a_reply_whose_connection_is_closed_by_ourselves_has_broken_off() -> None:
    # As when the process stops while a reply is read: aiohttp has no error of its own for it.
    async with serving(stall_in_body) as server:
        transport = Transport()
        reply = await transport.send("x", "GET", server.url, headers=dict, timeouts=LONG)
        assert await reply.read() == b"half"
        await transport.aclose()
        with pytest.raises(InvalidResponse):
            await reply.read()
        await reply.aclose()
