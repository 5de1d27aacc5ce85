import asyncio

import pytest

from bot.process.ask_health import is_alive
from bot.process.health_server import HealthServer


@pytest.mark.parametrize("variable", ["PORT", "ABI_PORT"])
async def test_the_bot_of_this_machine_is_asked_whether_it_is_alive(variable: str) -> None:
    server = HealthServer()
    port = await server.start(0, "127.0.0.1")
    environ = {variable: f'"{port}"'}  # as docker's --env-file keeps it
    assert await asyncio.to_thread(is_alive, environ)
    server.health.is_alive = lambda: False  # type: ignore[method-assign]
    assert not await asyncio.to_thread(is_alive, environ)
    await server.aclose()
    assert not await asyncio.to_thread(is_alive, environ)


def test_without_a_port_nothing_is_alive() -> None:
    assert not is_alive({})
    assert not is_alive({"PORT": "none"})
