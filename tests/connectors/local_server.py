"""A real socket on 127.0.0.1 that answers as a test says, and knows which connections are open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return msgspec.json.decode(self.body)


Answer = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class LocalServer:
    """``answer`` writes to the socket.

    Returning from it leaves the connection open for the next request.
    """

    answer: Answer
    url: str = ""
    received: list[Received] = field(default_factory=list, repr=False)
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    is_empty: asyncio.Event = field(default_factory=asyncio.Event)
    has_received: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        self.is_empty.clear()
        try:
            while request := await _read_request(reader):
                self.received.append(request)
                self.has_received.set()
                await self.answer(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open.discard(writer)
            if not self.open:
                self.is_empty.set()
            writer.close()

    async def until_empty(self) -> None:
        """Return once no connection is open; a test fails by the time-out."""
        async with asyncio.timeout(30):
            await self.is_empty.wait()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[LocalServer]:
    local = LocalServer(answer)
    # Of more clients at once than the backlog holds, the last ones try again seconds later.
    server = await asyncio.start_server(local.serve, "127.0.0.1", 0, backlog=256)
    host, port = server.sockets[0].getsockname()
    local.url = f"http://{host}:{port}"
    try:
        yield local
    finally:
        server.close()
        for writer in local.open:
            writer.close()
        if local.open:
            await local.until_empty()


def head(status: int = 200, kind: str = "application/json", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(body: bytes, status: int = 200, **headers: str) -> Answer:
    async def answer(request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, content_length=str(len(body)), **headers) + body)
        await writer.drain()

    return answer


def frame(data: bytes) -> bytes:
    """Return data as one frame of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def drop(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def no_http(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await writer.drain()
    writer.close()


async def say_nothing(request: Received, writer: asyncio.StreamWriter) -> None:
    pass


async def cut_in_body(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(head(content_length="10") + b"half")
    await writer.drain()
    writer.close()


async def stall_in_body(request: Received, writer: asyncio.StreamWriter) -> None:
    writer.write(head(transfer_encoding="chunked") + frame(b"half"))
    await writer.drain()


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = raw.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body)
