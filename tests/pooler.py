"""What a pooler in front of PostgreSQL tells its clients."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from connectors.database.address import parse


@asynccontextmanager
async def pooler_of(url: str) -> AsyncIterator[str]:
    """Give an address where clients are told another number than that of their session."""
    address: Any = parse(url)

    ended: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = f"{address.options['host']}/.s.PGSQL.{address.hosts[0][1] or 5432}"
        from_server, to_server = await asyncio.open_unix_connection(path)
        ended.append(asyncio.Event())

        async def upwards() -> None:
            while sent := await reader.read(65536):
                to_server.write(sent)
            to_server.close()

        upward = asyncio.create_task(upwards())
        while got := await from_server.read(65536):
            head, key, tail = got.partition(b"K\x00\x00\x00\x0c")
            writer.write(head + key + (b"\x00\x00\x00\x07" + tail[4:] if key else tail))
        writer.close()
        await asyncio.gather(upward, writer.wait_closed(), to_server.wait_closed())
        ended[-1].set()

    server = await asyncio.start_server(serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://{address.user}@127.0.0.1:{port}/{address.database}?sslmode=disable"
    finally:
        server.close()
        await asyncio.gather(*(event.wait() for event in ended))
