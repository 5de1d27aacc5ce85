import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.process import health_server
from bot.process.health_server import HealthServer
from tests.bot.process.conftest import Watched


class Served:
    """A server, and what it watches."""

    def __init__(self, server: HealthServer, port: int) -> None:
        self.watched = Watched(server.health)
        self.server = server
        self.port = port

    async def send(self, request: bytes) -> bytes:
        """Return all that comes back, until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def get(self, path: str) -> tuple[int, str, str]:
        """Return the status, the content type and the body."""
        reply = await self.send(f"GET {path} HTTP/1.1\r\nHost: abi\r\n\r\n".encode())
        head, _, body = reply.decode().partition("\r\n\r\n")
        kind = next(line for line in head.splitlines() if line.lower().startswith("content-type"))
        return int(head.split()[1]), kind.partition(": ")[2], body


@asynccontextmanager
async def serving(server: HealthServer) -> AsyncIterator[Served]:
    yield Served(server, await server.start(0, "127.0.0.1"))
    await server.aclose()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving(HealthServer()) as served:
        yield served


async def test_a_healthy_process_answers_all_three(served: Served) -> None:
    assert await served.get("/healthz") == (200, "text/plain; charset=utf-8", "ok\n")
    status, kind, body = await served.get("/readyz")
    assert (status, kind) == (200, "application/json")
    assert json.loads(body) == {
        "ready": True,
        "gateway": "ok",
        "database": "ok",
        "providers": "ok",
    }
    status, kind, body = await served.get("/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert 'abi_ledger_due{kind="reminder"} 3.0' in body
    assert "abi_loop_lag_seconds_bucket" in body


async def test_what_is_not_ready_is_red_and_named(served: Served) -> None:
    served.watched.gateway.has_begun = False
    served.watched.services.has_database = False
    status, _, body = await served.get("/readyz")
    assert status == 503
    assert json.loads(body) == {
        "ready": False,
        "gateway": "not connected",
        "database": "does not answer",
        "providers": "ok",
    }
    assert (await served.get("/healthz"))[0] == 200
    served.server.health._connected_at -= 10_000.0
    status, _, body = await served.get("/healthz")
    assert status == 503
    assert body.startswith("No connection to Discord for 100")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET / HTTP/1.1", b"404"),
        ("GET /metrics/../../etc/passwd HTTP/1.1", b"404"),
        ("POST /healthz HTTP/1.1", b"405"),
        ("HEAD /healthz HTTP/1.1", b"200"),
        (f"GET /{'x' * 20_000} HTTP/1.1", b"400"),
        ("nonsense", b"400"),
    ],
    ids=["nothing there", "a path", "a method", "the head alone", "a long path", "no HTTP"],
)
async def test_whatever_else_is_asked_is_refused_in_few_bytes(
    served: Served, request_line: str, status: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await served.send(f"{request_line}\r\nHost: abi\r\n\r\n".encode())
    assert reply.split()[1] == status
    assert len(reply) < 600
    assert caplog.records == []


async def test_endless_headers_are_refused(served: Served) -> None:
    many = b"".join(b"X-%d: y\r\n" % number for number in range(5_000))
    for headers in (many, b"X: " + b"y" * 100_000 + b"\r\n"):
        reply = await served.send(b"GET /healthz HTTP/1.1\r\n" + headers + b"\r\n")
        assert b" 200 " not in reply
        assert len(reply) < 600


@pytest.mark.parametrize(
    "sent", [b"", b"GET /healthz HTT", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]
)
async def test_a_peer_that_is_slow_is_left_in_time(sent: bytes) -> None:
    async with serving(HealthServer(connection_s=0.5)) as served:
        async with asyncio.timeout(9.0):  # less than a connection has otherwise
            await served.send(sent)  # returns once the server has closed
        assert (await served.get("/healthz"))[0] == 200


async def test_beyond_so_many_connections_new_ones_are_closed_at_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_server, "CONNECTIONS", 2)
    idle = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(9.0):  # less than a connection has
        assert await served.send(b"GET /healthz HTTP/1.1\r\nHost: abi\r\n\r\n") == b""
    for _, writer in idle:
        writer.close()


async def test_a_mistake_of_ours_is_logged_and_answered(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> bool:
        raise RuntimeError

    served.server.health.is_alive = broken  # type: ignore[method-assign]
    assert (await served.get("/healthz"))[0] == 500
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "Could not answer /healthz")
