"""Decompression of replies in pieces of bounded size."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Final

import httpx

# A piece of a reply can be a thousand times as large once it is unpacked.
PIECE_BYTES: Final = 256 * 1024
_GZIP: Final = zlib.MAX_WBITS | 16
_WINDOW_OF: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}

Read = Callable[[], Awaitable[bytes]]


async def inflated(read: Read, headers: Mapping[str, str]) -> AsyncGenerator[bytes, None]:
    """Yield the bytes that ``read`` returns, unpacked as the headers say.

    Raise DecodingError if that cannot be done.
    """
    window = _window(headers["content-encoding"])
    if window is None:
        while piece := await read():
            yield piece
        return
    unpacker = None
    while (unpacker is None or not unpacker.eof) and (packed := await read()):
        unpacker = unpacker or zlib.decompressobj(_without_header(packed, window))
        while piece := _unpacked(unpacker, packed):
            yield piece
            packed = unpacker.unconsumed_tail


def _window(encodings: str) -> int | None:
    """Return the window of a compressed reply, or None if it is not compressed.

    What names no compression, such as ``identity`` or ``utf-8``, is passed over. Raise
    DecodingError if it is compressed more than once, as only an attack is.
    """
    names = map(str.strip, encodings.lower().split(","))
    windows = [_WINDOW_OF[name] for name in names if name in _WINDOW_OF]
    if len(windows) > 1:
        raise httpx.DecodingError("compressed more than once")
    return windows[0] if windows else None


def _without_header(packed: bytes, window: int) -> int:
    """Return the window for what some servers call deflate: without the header of zlib."""
    has_header = packed[0] & 15 == zlib.DEFLATED
    return -window if window == zlib.MAX_WBITS and not has_header else window


def _unpacked(unpacker: zlib._Decompress, packed: bytes) -> bytes:
    try:
        return unpacker.decompress(packed, PIECE_BYTES)
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
