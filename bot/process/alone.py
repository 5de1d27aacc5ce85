"""One gateway for one SQLite file: a second process would answer everything twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.local_scheduler import presence

if TYPE_CHECKING:
    from bot.settings import Settings

# The process that is restarted has 10 s to end.
OVERLAP_S: Final = 15.0
AGAIN_S: Final = 0.2


@asynccontextmanager
async def alone(
    settings: Settings, stop: asyncio.Event, *, overlap_s: float = OVERLAP_S
) -> AsyncIterator[bool]:
    """Give whether no other process connects for this SQLite file, once that has ended in time.

    True where files cannot be locked, on PostgreSQL, and once ``stop`` is set.
    """
    file = settings.ledger.file
    descriptor = None if file is None else open_lock(Path(f"{file}-gateway.lock"))
    try:
        yield descriptor is None or await _locked(descriptor, stop, overlap_s)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def open_lock(path: Path) -> int | None:
    """Open the file to be locked; return None if that is not possible."""
    if not presence.CAN_LOCK:
        return None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return None


async def _locked(descriptor: int, stop: asyncio.Event, overlap_s: float) -> bool:
    until_s = time.monotonic() + overlap_s
    while not (is_locked := presence.lock(descriptor)) and time.monotonic() < until_s:
        if stop.is_set():
            return True
        await asyncio.sleep(AGAIN_S)
    return is_locked
