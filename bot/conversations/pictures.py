"""Pictures as all models with vision take them."""

import asyncio
from typing import Final

import msgspec

from bot.conversations.parsers import parsing

PIXELS: Final = 40_000_000  # 160 MB while one is decoded
TIMEOUT_S: Final = 20.0
_READER: Final = "bot.conversations.picture_reader"


class Picture(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture as a data: URL, or what is wrong; ``is_animated`` if it has more frames."""

    url: str = ""
    is_animated: bool = False
    problem: str = ""  # pixels or damaged


async def prepare(data: bytes, *, timeout_s: float = TIMEOUT_S, reader: str = _READER) -> Picture:
    """Return the first frame, small, as PNG or JPEG; it is damaged if that takes too long."""
    try:
        async with asyncio.timeout(timeout_s), parsing(reader, data) as output:
            return msgspec.json.decode(await output.readline(), type=Picture)
    except (TimeoutError, ValueError, msgspec.DecodeError):
        return Picture(problem="damaged")
