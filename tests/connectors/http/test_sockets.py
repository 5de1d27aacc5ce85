from __future__ import annotations

import ssl
import sys
from pathlib import Path

import aiohttp
import httpx
import pytest

from connectors.http.sockets import Sockets, SocketStream, tls_context
from tests.connectors.local_server import serving, whole


def request(url: str, body: bytes | None = None) -> httpx.Request:
    extensions = {"timeout": {"connect": 5.0}}
    return httpx.Request("POST", url, content=body, extensions=extensions)


async def test_a_request_goes_out_as_it_is_and_its_reply_is_a_stream_of_bytes() -> None:
    sockets = Sockets(aiohttp.TCPConnector)
    async with serving(whole(b"pong", x_note="hi")) as server:
        response = await sockets.handle_async_request(request(server.url, b"ping"))
        assert (response.status_code, response.headers["x-note"]) == (200, "hi")
        assert isinstance(response.stream, SocketStream)
        assert [piece async for piece in response.stream] == [b"pong"]
        await response.aclose()
        await sockets.aclose()
    (seen,) = server.received
    assert (seen.method, seen.body) == ("POST", b"ping")
    assert not {"accept", "accept-encoding", "user-agent"} & set(seen.headers)


async def test_a_redirect_is_a_reply_like_any_other() -> None:
    sockets = Sockets(aiohttp.TCPConnector)
    async with serving(whole(b"", 302, location="http://elsewhere.example/")) as server:
        response = await sockets.handle_async_request(request(server.url))
        await response.aclose()
        await sockets.aclose()
    assert response.status_code == 302


async def test_the_pool_opens_again_after_it_was_closed() -> None:
    sockets = Sockets(aiohttp.TCPConnector)
    await sockets.aclose()
    async with serving(whole(b"a")) as server:
        for _ in range(2):
            response = await sockets.handle_async_request(request(server.url))
            assert await response.aread() == b"a"
            await response.aclose()
            await sockets.aclose()


def test_certificates_of_the_system_are_loaded_once_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    assert tls_context() is True


def test_without_certificates_of_the_system_those_of_certifi_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    context = tls_context()
    assert isinstance(context, ssl.SSLContext)
    assert context.cert_store_stats()["x509_ca"] > 0
