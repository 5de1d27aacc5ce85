"""The sandbox's bot as a process of this machine, which ends with the sandbox."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

MODULE = "bot.sandbox.child"
MODEL_URL = "ABI_SANDBOX_MODEL_URL"
LAST_LINES, LINE_BYTES = 20, 1 << 22
_ROOT = Path(__file__).parents[2]
# Its own group, so that Ctrl-C reaches only the sandbox, and a kill all that the bot has started.
_OWN_GROUP: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if sys.platform == "win32"
    else {"start_new_session": True}
)


_PREFIX = re.compile(r"[\d-]+ [\d:,]+ [A-Z]+ +[\w.]+: ")


class _LogLine(msgspec.Struct):
    message: str
    exception: str = ""


class Spawned:
    """``python -m bot.sandbox.child``. Its standard input tells it the time and that we live."""

    def __init__(self, process: Process, on_ready: Callable[[str], None]) -> None:
        self._process = process
        self._said: deque[str] = deque(maxlen=LAST_LINES)
        self._reading = [
            asyncio.create_task(self._pass_on(cast("StreamReader", process.stderr))),
            asyncio.create_task(_report(cast("StreamReader", process.stdout), on_ready)),
        ]

    @classmethod
    async def start(
        cls,
        folder: Path,
        environ: Mapping[str, str],
        ahead_s: float,
        on_ready: Callable[[str], None],
    ) -> Spawned:
        """Start the bot with what it stores in a folder. Raise OSError if that fails."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", MODULE, str(folder), str(ahead_s)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=LINE_BYTES,
            cwd=_ROOT,
            env=dict(environ),
            **_OWN_GROUP,
        )
        return cls(process, on_ready)

    async def wait(self) -> str:
        code = await self._process.wait()
        await asyncio.wait(self._reading)
        return why_ended(code, next(reversed(self._said), ""))

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    def tell(self, ahead_s: float) -> None:
        with suppress(OSError, RuntimeError):
            cast("StreamWriter", self._process.stdin).write(f"{ahead_s}\n".encode())

    async def _pass_on(self, lines: StreamReader) -> None:
        """Show its log in our terminal, and keep the last lines that say something."""
        async for line in lines:
            _show(line)
            if said := line.decode(errors="replace").strip():
                self._said.append(said)


def _show(line: bytes) -> None:
    with suppress(OSError, ValueError):  # a terminal that was closed must not stop the bot
        sys.stderr.buffer.write(line)
        sys.stderr.flush()


async def _report(lines: StreamReader, on_ready: Callable[[str], None]) -> None:
    async for line in lines:
        on_ready(line.decode().strip())


def why_ended(code: int, last: str) -> str:
    """Return why a process ended, by its exit code and the last line that it wrote."""
    # What it said before a signal ended it was about something else.
    return (_message(last) if code > 0 else "") or _ended(code)


def _message(line: str) -> str:
    """Return what a line of a log or of a traceback says, without its time, level and place."""
    try:
        said = msgspec.json.decode(line, type=_LogLine)
    except msgspec.DecodeError:
        return _PREFIX.sub("", line)
    return (said.exception or said.message).splitlines()[-1]


def _ended(code: int) -> str:
    """Return why a process without a last word has ended."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
