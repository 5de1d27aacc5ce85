"""The text of a PDF, read by a process of its own within time and memory."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

import msgspec

TIMEOUT_S: Final = 20.0
LINE_BYTES: Final = 4_000_000
_READER: Final = "bot.conversations.pdf_reader"
_ROOT: Final = Path(__file__).parents[2]
# What Python itself may need. The parser of a file from outside gets no token and no key.
_KEPT: Final = ("LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")


class Line(msgspec.Struct, omit_defaults=True):
    """A line of the process's output: first how many pages, or what is wrong; then each page."""

    pages: int = 0
    problem: str = ""  # encrypted or damaged
    text: str = ""


class Pdf(msgspec.Struct):
    """The number of pages and the texts of the first ones, or what is wrong."""

    pages: int
    texts: list[str]
    problem: str = ""


async def read(data: bytes, *, limit: int, timeout_s: float = TIMEOUT_S) -> Pdf:
    """Return the pages until the time is up, or there are more than ``limit`` characters."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", _READER),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=LINE_BYTES,
        cwd=_ROOT,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    found = Pdf(0, [])
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                feeding = _feed(cast("asyncio.StreamWriter", process.stdin), data)
                reading = _collect(cast("asyncio.StreamReader", process.stdout), found, limit)
                await asyncio.gather(feeding, reading)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return found


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it has ended early
        pipe.write(data)
        await pipe.drain()
    pipe.close()


async def _collect(pipe: asyncio.StreamReader, found: Pdf, limit: int) -> None:
    left = limit
    with suppress(msgspec.DecodeError, ValueError):  # cut off where the process died
        first = msgspec.json.decode(await pipe.readline(), type=Line)
        found.pages, found.problem = first.pages, first.problem
        while left >= 0 and (line := await pipe.readline()):
            found.texts.append(msgspec.json.decode(line, type=Line).text)
            left -= len(found.texts[-1])
