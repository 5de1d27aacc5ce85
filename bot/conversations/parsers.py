"""Parsers of files from outside, each in a process of its own within time and memory.

Such a process can be ended, whatever a file makes its parser do, and knows no token and no key.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import msgspec

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

LINE_BYTES: Final = 8_000_000
MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 60  # ends a parser that has outlived the bot
_ROOT: Final = Path(__file__).parents[2]
# What Python itself may need.
_KEPT: Final = ("LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")


@asynccontextmanager
async def parsing(module: str, data: bytes) -> AsyncGenerator[StreamReader, None]:
    """Run ``python -m module`` on a file, yield its output, and end it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=LINE_BYTES,
        cwd=_ROOT,
        env=_environment(),
    )
    feeding = asyncio.create_task(_feed(cast("StreamWriter", process.stdin), data))
    try:
        yield cast("StreamReader", process.stdout)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        feeding.cancel()
        await asyncio.wait({feeding})
        await process.wait()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "2"}  # each takes 64 MiB of what is limited


async def _feed(pipe: StreamWriter, data: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it has ended early
        pipe.write(data)
        await pipe.drain()
    pipe.close()


def serve(parse: Callable[[bytes], Iterable[msgspec.Struct]]) -> None:
    """Parse standard input, and write a line of JSON for each value. Called in the process."""
    logging.disable()  # parsers tell of every oddity, and may quote the file
    _limit()
    write_lines(parse(sys.stdin.buffer.read()), sys.stdout.buffer)


def write_lines(values: Iterable[msgspec.Struct], target: BinaryIO) -> None:
    for value in values:
        target.write(msgspec.json.encode(value) + b"\n")
        target.flush()  # what follows may never end


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
