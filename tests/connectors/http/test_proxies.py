"""The proxies of the environment, and requests through them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from connectors import ApiRequestFailed, ChatMessage, ChatRequest, ConnectorError, Role, connect
from connectors.http.proxies import from_env
from connectors.registry import PROVIDERS
from tests.rows import each

EVERY = {"HTTP_PROXY": "http://p:1", "HTTPS_PROXY": "http://p:2"}


@each(
    "environ, scheme, proxy",
    [
        (EVERY, "http", "http://p:1"),
        (EVERY, "https", "http://p:2"),
        (EVERY, "wss", "http://p:2"),
        (EVERY, "ws", "http://p:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "https", "http://low:1"),
        ({"https_proxy": " ", "HTTPS_PROXY": "http://up:1"}, "https", "http://up:1"),
        ({"HTTPS_PROXY": "'http://up:1'"}, "https", "http://up:1"),
        ({"HTTPS_PROXY": "up:3128"}, "https", "http://up:3128"),
        ({"ALL_PROXY": "http://all:1"}, "https", "http://all:1"),
        ({"all_proxy": "http://all:1", "HTTP_PROXY": "http://p:1"}, "http", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https", None),
        ({}, "https", None),
    ],
)
def test_a_proxy_is_chosen_by_scheme(
    environ: dict[str, str], scheme: str, proxy: str | None
) -> None:
    assert from_env(environ).of(scheme, "api.example") == proxy


@each(
    "no_proxy, host, port, is_direct",
    [
        ("example.com", "example.com", None, True),
        ("example.com", "api.example.com", None, True),
        ("example.com", "notexample.com", None, False),
        (".example.com", "api.example.com", None, True),
        ("*.example.com", "api.example.com", None, True),
        ("a.b, example.com", "EXAMPLE.com.", None, True),
        ("a.b example.com", "example.com", None, True),
        ("example.com:8443", "example.com", 8443, True),
        ("example.com:8443", "example.com", 443, False),
        ("example.com:443", "example.com", None, True),
        ("*", "anything.at.all", None, True),
        ("10.0.0.0/8", "10.1.2.3", None, True),
        ("10.0.0.0/8", "11.1.2.3", None, False),
        ("10.0.0.1/8", "10.1.2.3", None, True),
        ("10.0.0.0/8", "ten.example", None, False),
        ("192.168.1.7", "192.168.1.7", None, True),
        ("fd00::/8", "[fd12::1]", None, True),
        ("fd12::1", "fd12::1", None, True),
        ("[fd12::1]:8080", "fd12::1", 8080, True),
        ("nonsense/99", "10.1.2.3", None, False),
        ("", "example.com", None, False),
        ("", "localhost", None, True),
        ("", "127.0.0.1", 11434, True),
        ("", "[::1]", 1234, True),
        ("", "abi.localhost", None, True),
    ],
)
def test_what_no_proxy_names_and_this_machine_are_reached_directly(
    no_proxy: str, host: str, port: int | None, is_direct: bool
) -> None:
    found = from_env({**EVERY, "NO_PROXY": no_proxy}).of("https", host, port)
    assert (found is None) is is_direct


@pytest.mark.parametrize("value", ["socks5://p:1", "http://", "http://p:port", "ftp://p:1", "a b"])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy"])
def test_a_proxy_that_cannot_be_used_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(
        ApiRequestFailed, match=f"{name} is not an HTTP proxy address such as http://proxy:3128"
    ):
        from_env({name: value})


@asynccontextmanager
async def proxy_server(answer: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """Give the address of a proxy, and the heads of the requests it has seen."""
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://me:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    server.close()
    await server.wait_closed()


REFUSED = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("base_url", "first_line"),
    [
        ("http://llm.invalid/v1", "POST http://llm.invalid/v1/chat/completions HTTP/1.1"),
        ("https://llm.invalid/v1", "CONNECT llm.invalid:443 HTTP/1.1"),
    ],
)
async def test_a_provider_is_asked_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, base_url: str, first_line: str
) -> None:
    async with proxy_server(REFUSED) as (address, seen):
        monkeypatch.setenv("HTTP_PROXY", address)
        monkeypatch.setenv("https_proxy", address)
        environ = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": base_url, "OPENAI_MODEL": "m"}
        connector = connect(PROVIDERS["openai"].load_from_env(environ), retries=0)
        with pytest.raises(ConnectorError) as raised:
            await connector.chat(ChatRequest([ChatMessage(Role.USER, "x")]))
        await connector.aclose()
    assert [head.splitlines()[0] for head in seen] == [first_line]
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in seen[0]
    assert "secret" not in f"{raised.value!r} {raised.value.__cause__!r}"
    if first_line.startswith("CONNECT"):
        assert raised.value.summary == (
            "the proxy that HTTPS_PROXY names refused the connection (502)"
        )


async def test_a_proxy_that_is_away_is_blamed_and_not_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    environ = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "https://llm.invalid/v1"}
    connector = connect(PROVIDERS["openai"].load_from_env(environ), retries=0)
    with pytest.raises(ConnectorError, match="the proxy that HTTPS_PROXY names cannot be reached"):
        await connector.chat(ChatRequest([ChatMessage(Role.USER, "x")]))
    await connector.aclose()
