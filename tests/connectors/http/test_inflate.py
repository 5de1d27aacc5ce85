import gzip
import tracemalloc
import zlib
from collections.abc import Sequence

import httpx
import pytest

from connectors import InvalidResponse, OutOfMemory
from connectors.http.inflate import PIECE_BYTES, inflated
from connectors.http.reply import Reply
from connectors.http.timeouts import Timeouts
from connectors.http.transport import REPLY_LIMIT_BYTES, Transport
from tests.connectors.local_server import serving, whole

TEXT = b"tea is hot, " * 1000
LONG = Timeouts(connect_s=5, first_byte_s=5, between_s=5)


def raw_deflate(text: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush()


async def unpacked(packed: bytes, encoding: str, size: int) -> Sequence[bytes]:
    reads = iter([packed[at : at + size] for at in range(0, len(packed), size)])

    async def read() -> bytes:
        return next(reads, b"")

    return [piece async for piece in inflated(read, {"content-encoding": encoding})]


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "X-GZip"),
        (gzip.compress(TEXT) + b"rest", "identity, gzip"),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "deflate"),
        (TEXT, "identity"),
        (TEXT, "utf-8"),
    ],
    ids=["gzip", "x-gzip", "identity and gzip", "deflate", "raw deflate", "identity", "utf-8"],
)
async def test_a_reply_in_pieces_of_any_size_is_unpacked(
    packed: bytes, encoding: str, size: int
) -> None:
    assert b"".join(await unpacked(packed, encoding, size)) == TEXT


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate,gzip", "gzip" + ", gzip" * 999])
async def test_what_is_compressed_more_than_once_is_refused(encoding: str) -> None:
    with pytest.raises(httpx.DecodingError):
        await unpacked(gzip.compress(gzip.compress(TEXT)), encoding, 99)


async def test_no_piece_is_large_however_well_it_was_packed() -> None:
    pieces = await unpacked(gzip.compress(b"\0" * 10 * PIECE_BYTES), "gzip", 1 << 20)
    assert [len(piece) for piece in pieces] == [PIECE_BYTES] * 10


async def _drained(reply: Reply) -> None:
    while await reply.read():
        pass


async def _refused(body: bytes, encoding: str) -> Exception:
    async with serving(whole(body, content_encoding=encoding)) as server:
        transport = Transport()
        reply = await transport.send("x", "GET", server.url, headers=dict, timeouts=LONG)
        with pytest.raises((InvalidResponse, OutOfMemory)) as raised:
            await _drained(reply)
        await reply.aclose()
        await transport.aclose()
    return raised.value


async def test_a_bomb_costs_no_more_memory_than_a_few_pieces() -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    zeros = b"\0" * (1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(2 * REPLY_LIMIT_BYTES >> 20))
    bomb += packer.flush()
    tracemalloc.start()
    try:
        error = await _refused(bomb, "gzip")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(error, OutOfMemory)
    assert peak < 16 * PIECE_BYTES


async def test_a_nested_bomb_is_refused_unread() -> None:
    bomb = zeros = b"\0" * (1 << 22)
    for _ in range(3):
        bomb = gzip.compress(bomb)
    assert len(bomb) < 5_000 < len(zeros)
    assert isinstance(await _refused(bomb, "gzip, gzip, gzip"), InvalidResponse)
