"""Transport compression of the gateway: one stream per connection."""

import importlib
import zlib
from collections.abc import Callable
from typing import Any

Compress = Callable[[bytes], bytes]


def zlib_stream() -> Compress:
    stream = zlib.compressobj()
    return lambda payload: stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Compress | None:
    """Return a zstd stream from ``zstandard`` or, since Python 3.14, the standard library.

    None if neither is installed: payloads are then sent as plain text, which clients accept.
    """
    if (zstandard := _module("zstandard")) is not None:
        stream = zstandard.ZstdCompressor().compressobj()
        block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda payload: bytes(stream.compress(payload) + stream.flush(block))
    if (library := _module("compression.zstd")) is not None:
        own = library.ZstdCompressor()
        return lambda payload: bytes(own.compress(payload, mode=own.FLUSH_BLOCK))
    return None


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


STREAMS: dict[str, Callable[[], Compress | None]] = {
    "zlib-stream": zlib_stream,
    "zstd-stream": zstd_stream,
}
