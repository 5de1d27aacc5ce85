"""Real processes of the bot that start with everything imported."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from bot.__main__ import main
from bot.process.signals import STOP_WITHIN_S, leave_on_signals, leave_within
from connectors.local_scheduler import Pace

# What a start imports: two thirds of the CPU time that it takes.
IMPORTED = [
    __name__,
    "bot.app",
    "bot.process.run",
    "bot.process.scheduler",
    "bot.services",
    "connectors.local_scheduler.scheduler",
    "psycopg",
]


class Forked:
    """An ``asyncio.subprocess.Process`` with its standard error as a pipe."""

    def __init__(self, process: ForkServerProcess, stderr: asyncio.StreamReader) -> None:
        self._process = process
        self.stderr = stderr

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[None, bytes]:
        """Return what it says until it ends."""
        said = await self.stderr.read()
        await self.wait()
        return None, said


async def fork(
    arguments: Sequence[str], *, cwd: Path, environ: Mapping[str, str], pace: Pace | None = None
) -> Forked:
    """Start ``python -m bot`` with these arguments, and with no variables but these.

    It is forked from a process that has done the imports. Where it matters how an interpreter
    starts or ends, a test starts one.
    """
    return await forked(_run, list(arguments), str(cwd), dict(environ), pace)


async def forked(run: Callable[..., None], *args: Any) -> Forked:
    """Start a process that calls ``run`` with what its standard error writes to, and ``args``."""
    ours, theirs = _server().Pipe(duplex=False)
    process = _server().Process(target=run, args=(theirs, *args))
    await asyncio.to_thread(process.start)  # the first waits for the imports
    theirs.close()
    stderr = asyncio.StreamReader()
    pipe = os.fdopen(os.dup(ours.fileno()), "rb", buffering=0)
    ours.close()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stderr), pipe
    )
    return Forked(process, stderr)


@functools.cache
def _server() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def _run(
    stderr: Connection[bytes, bytes],
    arguments: list[str],
    cwd: str,
    environ: dict[str, str],
    pace: Pace | None,
) -> None:
    """Do what ``python -m bot`` does."""
    leave_on_signals()
    os.dup2(stderr.fileno(), sys.stderr.fileno())
    stderr.close()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    code = main(arguments, pace=pace)
    leave_within(STOP_WITHIN_S, code)
    sys.exit(code)
