import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.listener import Listener
from bot.sandbox.model_server import ModelServer
from tests.sandbox import plain_client


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    opened = Listener()
    yield opened
    await opened.aclose()


async def test_the_first_free_port_is_taken(listener: Listener) -> None:
    second = Listener()
    taken = int((await listener.start(web.Application(), "127.0.0.1")).rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"):
        await second.start(web.Application(), "127.0.0.1", (taken,))
    await second.aclose()
    address = await second.start(web.Application(), "127.0.0.1", (taken, 0))
    await second.aclose()
    assert address != f"127.0.0.1:{taken}"


@pytest.mark.parametrize("cancels", [True, False])
async def test_a_handler_ends_with_its_client_only_if_it_is_asked_to(
    listener: Listener, cancels: bool
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    ends: asyncio.Queue[str] = asyncio.Queue()

    async def handle(_: web.Request) -> web.Response:
        begun.set()
        try:
            await go_on.wait()
        except asyncio.CancelledError:
            ends.put_nowait("cancelled")
            raise
        ends.put_nowait("whole")
        return web.Response()

    app = web.Application()
    app.router.add_get("/", handle)
    address = await listener.start(app, "127.0.0.1", cancels_handlers=cancels)
    async with plain_client(timeout=30) as client:
        request = asyncio.create_task(client.get(f"http://{address}/"))
        await begun.wait()
        request.cancel()
        await asyncio.wait([request])
    if not cancels:
        go_on.set()
    async with asyncio.timeout(30):
        assert await ends.get() == ("cancelled" if cancels else "whole")


async def test_closing_cuts_what_is_open(listener: Listener) -> None:
    begun = asyncio.Event()

    async def handle(_: web.Request) -> web.Response:
        with listener.open():
            begun.set()
            await asyncio.Event().wait()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", handle)
    address = await listener.start(app, "127.0.0.1")
    async with plain_client(timeout=30) as client:
        request = asyncio.create_task(client.get(f"http://{address}/"))
        await begun.wait()
        await listener.aclose()
        with pytest.raises(httpx.TransportError):
            await request


@pytest.mark.parametrize(
    "header",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example:{port}"},
        {"Origin": "null"},
    ],
)
async def test_a_page_of_another_host_is_refused_by_every_server(header: dict[str, str]) -> None:
    async with DiscordServer() as discord, ModelServer() as model, plain_client() as client:
        for url in (f"{discord.api_url}/gateway", f"{model.base_url}/models"):
            port = str(httpx.URL(url).port)
            foreign = {name: value.format(port=port) for name, value in header.items()}
            assert (await client.get(url)).status_code == 200
            assert (await client.get(url, headers=foreign)).status_code == 403
            own = {"Host": f"localhost:{port}", "Origin": f"http://127.0.0.1:{port}"}
            assert (await client.get(url, headers=own)).status_code == 200
