import zlib
from importlib.util import find_spec

import pytest

from bot.sandbox.discord_server.gateway.compression import zlib_stream, zstd_stream


def test_a_zlib_stream_can_be_read_payload_by_payload() -> None:
    compress, stream = zlib_stream(), zlib.decompressobj()
    for payload in (b'{"op":10}', b'{"op":11}'):
        assert stream.decompress(compress(payload)) == payload


@pytest.mark.skipif(
    not (find_spec("zstandard") or find_spec("compression")),
    reason="install the package zstandard, or use Python 3.14, to test zstd-stream",
)
def test_a_zstd_stream_can_be_read_payload_by_payload() -> None:
    compress = zstd_stream()
    assert compress is not None
    assert compress(b'{"op":10}') != compress(b'{"op":11}')
