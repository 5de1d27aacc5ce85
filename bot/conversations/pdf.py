"""The text of a PDF."""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from bot.conversations.parsers import parsing

TIMEOUT_S: Final = 20.0
_READER: Final = "bot.conversations.pdf_reader"


class Line(msgspec.Struct, omit_defaults=True):
    """A line of the reader's output: first how many pages, or what is wrong; then each page."""

    pages: int = 0
    problem: str = ""  # encrypted, cipher (of a kind that cannot be read) or damaged
    text: str = ""


class Pdf(msgspec.Struct):
    """The number of pages and the texts of the first ones, or what is wrong."""

    pages: int
    texts: list[str]
    problem: str = ""


async def read(
    data: bytes, *, limit: int, timeout_s: float = TIMEOUT_S, reader: str = _READER
) -> Pdf:
    """Return the pages until the time is up, or there are more than ``limit`` characters."""
    found = Pdf(0, [])
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s), parsing(reader, data) as output:
            await _collect(output, found, limit)
    return found


async def _collect(output: asyncio.StreamReader, found: Pdf, limit: int) -> None:
    left = limit
    with suppress(msgspec.DecodeError, ValueError):  # cut off where the process died
        first = msgspec.json.decode(await output.readline(), type=Line)
        found.pages, found.problem = first.pages, first.problem
        while left >= 0 and (line := await output.readline()):
            found.texts.append(msgspec.json.decode(line, type=Line).text)
            left -= len(found.texts[-1])
