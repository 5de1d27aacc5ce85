import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from connectors.http.connections import ProxyConnector
from connectors.http.proxies import Proxies


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


@pytest.mark.parametrize("url", ["https://discord.invalid/api/v10", "wss://gateway.invalid/"])
async def test_what_discord_py_opens_goes_through_the_proxy(url: str) -> None:
    async with proxy_server(REFUSED) as (address, seen):
        proxies = Proxies(https=address)
        async with aiohttp.ClientSession(connector=ProxyConnector(proxies=proxies)) as session:
            with pytest.raises(aiohttp.ClientHttpProxyError):
                await (session.ws_connect(url) if url.startswith("wss") else session.get(url))
    assert seen[0].startswith("CONNECT ")


async def test_this_machine_is_asked_without_the_proxy() -> None:
    async with proxy_server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as (address, seen):
        port = address.rpartition(":")[2]
        proxies = Proxies(http="http://proxy.invalid:1")
        async with (
            aiohttp.ClientSession(
                connector=ProxyConnector(ssl.create_default_context(), proxies=proxies)
            ) as session,
            session.get(f"http://127.0.0.1:{port}/here") as response,
        ):
            assert response.status == 200
    assert seen[0].startswith("GET /here HTTP/1.1")
