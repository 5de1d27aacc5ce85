"""Transport compression of the gateway: one stream per connection."""

import importlib
import zlib
from collections.abc import Callable

Compress = Callable[[bytes], bytes]


def zlib_stream() -> Compress:
    stream = zlib.compressobj()
    return lambda payload: stream.compress(payload) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Compress:
    """Return a zstd stream from `zstandard` or, since Python 3.14, the standard library.

    discord.py asks for zstd exactly where it finds one of the two.
    """
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        library = importlib.import_module("compression.zstd").ZstdCompressor()
        return lambda payload: bytes(library.compress(payload, mode=library.FLUSH_BLOCK))
    stream = zstandard.ZstdCompressor().compressobj()
    block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return lambda payload: bytes(stream.compress(payload) + stream.flush(block))


STREAMS = {"zlib-stream": zlib_stream, "zstd-stream": zstd_stream}
