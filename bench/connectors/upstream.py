"""A stub of three services on 127.0.0.1 that answers from memory.

The first part of a path steers it, so that a client needs nothing but its base URL:
``/n2000-d1000-c1/v1/...`` streams 2,000 pieces with 1,000 µs between two writes (0: all at once)
and one event in each write.

    python -m bench.connectors.upstream [certificate key]       prints its port
"""

from __future__ import annotations

import asyncio
import functools
import re
import socket
import ssl
import sys
from collections import deque
from typing import Final

from bench.connectors import wire

ENDPOINTS: Final = {
    "/chat/completions": "openai",
    "/messages": "anthropic",
    "/api/chat": "ollama",
}
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_PATH = re.compile(r"/n(\d+)-d(\d+)-c(\d+)(/.*)")
_NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
)


class Pacer:
    """The streams with one delay, which share a queue and a timer.

    A write costs the same with a thousand streams as with one.
    """

    def __init__(self, delay_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._delay_s = delay_s
        self._queue: deque[tuple[float, Connection]] = deque()
        self._is_armed = False

    def add(self, connection: Connection) -> None:
        self._queue.append((self._loop.time() + self._delay_s, connection))
        if not self._is_armed:
            self._is_armed = True
            self._loop.call_later(self._delay_s, self._run)

    def _run(self) -> None:
        now = self._loop.time()
        while self._queue and self._queue[0][0] <= now:
            due, connection = self._queue.popleft()
            if connection.write_next():
                self._queue.append((due + self._delay_s, connection))
        self._is_armed = bool(self._queue)
        if self._is_armed:
            self._loop.call_at(self._queue[0][0], self._run)


class Connection(asyncio.Protocol):
    """One client's connection: requests in, canned responses out."""

    def __init__(self, pacers: dict[float, Pacer]) -> None:
        self._pacers = pacers
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._writes: list[bytes] = []
        self._position = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.set_write_buffer_limits(high=8 << 20)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's shape
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        needed = int(length[1]) if length else 0
        if end and len(rest) >= needed:
            self._received = rest[needed:]
            self._answer(head.split(b" ", 2)[1].decode(), rest[:needed])

    def write_next(self) -> bool:
        """Write the next part of a paced stream; return whether there is more."""
        if self._transport is None:
            return False
        self._transport.write(self._writes[self._position])
        self._position += 1
        return self._position < len(self._writes)

    def _answer(self, path: str, body: bytes) -> None:
        assert self._transport is not None
        api, pieces, delay_s, events_per_write = _route(path)
        if api is None:
            self._transport.write(_NOT_FOUND)
        elif not _asks_stream(api, body):
            self._transport.write(wire.whole(api))
        elif not delay_s:
            self._transport.writelines(wire.writes(api, pieces, events_per_write))
        else:
            self._writes, self._position = wire.writes(api, pieces, events_per_write), 0
            if self.write_next():
                self._pacer(delay_s).add(self)

    def _pacer(self, delay_s: float) -> Pacer:
        return self._pacers.setdefault(delay_s, Pacer(delay_s))


@functools.cache
def _route(path: str) -> tuple[str | None, int, float, int]:
    steered = _PATH.fullmatch(path.partition("?")[0])
    pieces, delay_us, events = map(int, steered.groups()[:3]) if steered else (100, 0, 1)
    api = next((api for end, api in ENDPOINTS.items() if path.endswith(end)), None)
    return api, pieces, delay_us / 1e6, events


def _asks_stream(api: str, body: bytes) -> bool:
    # Ollama streams unless it is told not to.
    body = body.replace(b": ", b":")
    return b'"stream":false' not in body if api == "ollama" else b'"stream":true' in body


async def serve(tls: ssl.SSLContext | None) -> None:
    pacers: dict[float, Pacer] = {}
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(pacers), "127.0.0.1", 0, backlog=4096, ssl=tls
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main(files: list[str]) -> None:
    tls = None
    if files:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*files)
    asyncio.run(serve(tls))


if __name__ == "__main__":
    main(sys.argv[1:])
