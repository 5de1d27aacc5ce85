"""A way to a PostgreSQL server that loses what a test says: a commit, or its reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

_COMMIT = b"COMMIT"
# postgresql.org/docs/current/protocol-message-formats.html: ReadyForQuery, in no transaction.
_READY = b"Z\x00\x00\x00\x05I"


@dataclass(slots=True)
class Proxy:
    """Forwards connections. ``lost_replies`` and ``lost_commits`` count down to none."""

    socket: str
    lost_replies: int = 0
    lost_commits: int = 0
    # Whether new connections are closed at once.
    is_away: bool = False
    # Whether it is away from the next lost commit or reply on.
    goes_away: bool = False
    # Whether nothing is forwarded any more, though connections stay.
    is_frozen: bool = False
    url: str = field(default="", init=False)

    async def serve(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self.is_away:
            back.close()
            return
        server, forth = await asyncio.open_unix_connection(self.socket)
        replies = asyncio.create_task(_forward(server, back))
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._forward_until_cut(client, forth, replies)
            if replies.cancelled():  # it was done, and nobody hears of it
                await asyncio.wait_for(server.readuntil(_READY), 10)
        replies.cancel()
        back.close()
        forth.close()

    async def _forward_until_cut(
        self, client: asyncio.StreamReader, forth: asyncio.StreamWriter, replies: asyncio.Task[None]
    ) -> None:
        while data := await client.read(65536):
            if _COMMIT in data:
                if self.lost_commits:
                    self.lost_commits -= 1
                    self.is_away = self.goes_away
                    return
                if self.lost_replies:
                    self.lost_replies -= 1
                    self.is_away = self.goes_away
                    replies.cancel()
                    await asyncio.wait([replies])
                    forth.write(data)
                    return
            if not self.is_frozen:
                forth.write(data)


async def _forward(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            to.write(data)
        to.close()


@asynccontextmanager
async def proxy_of(url: str) -> AsyncIterator[Proxy]:
    """Give a proxy of a server that listens at a Unix socket; ``url`` of it is its address."""
    parts = urlsplit(url)
    proxy = Proxy(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = parts.username or "postgres"
    where = f"{user}@127.0.0.1:{port}"
    proxy.url = urlunsplit((parts.scheme, where, parts.path, "sslmode=disable", ""))
    try:
        yield proxy
    finally:
        server.close()
