"""Signs of life of a process, by which the others learn at once that it is dead."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from sqlalchemy import Connection

    Holders = Callable[[Connection], list[str]]

try:
    import fcntl
except ImportError:  # on Windows, where the leases alone tell who is dead
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

CAN_LOCK = fcntl is not None
_SUFFIX = ".lock"


def new_name() -> str:
    """Return a name for this process that no other one has."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


class Presence(Protocol):
    """The sign of life of this process, and those of the others.

    ``term`` counts how often the sign was set: what was claimed in an earlier term may belong to
    another process by now. ``is_alone`` tells whether the last look found no other process.
    """

    term: int
    is_alone: bool

    async def begin(self) -> str:
        """Set the sign, if there can be one, and return the name under which to claim jobs.

        Raises DatabaseUnavailable.
        """

    async def keep_forever(self) -> None:
        """Keep the sign up."""

    def is_certain(self) -> bool:
        """Return whether no other process can take this one for dead at this moment."""

    async def certain(self) -> int:
        """Return the term once the sign is certain. Raises DatabaseUnavailable."""

    def knows_others(self) -> bool:
        """Return whether ``dead`` may name a process, so that it is worth a transaction."""

    def dead(self, connection: Connection, holders: Holders) -> list[str]:
        """Return the names of processes that are surely dead and may have left claims.

        ``holders`` returns the names of those with leases.
        """

    def living(self, connection: Connection, names: Collection[str]) -> list[str]:
        """Return which of these processes are known to live. The others may be dead or not."""

    def bury(self, names: Collection[str]) -> None:
        """Remove the signs of dead processes whose claims were taken from them."""

    def suspects(self) -> bool:
        """Return whether some process is dead, but not surely so yet."""

    def end(self) -> None:
        """Take the sign away, once this process has no claims."""


class FileLock:
    """A file in a folder that a process keeps locked for life. Its name is the process's.

    Where files cannot be locked there is none, and the leases alone tell who is dead.
    """

    term = 0
    is_alone = False

    def __init__(self, folder: Path | None, worker: str) -> None:
        self._folder = folder
        self._worker = worker
        self._descriptor: int | None = None
        self._has_begun = False

    async def begin(self, worker: str = "") -> str:
        """Lock the file, of another name if that has changed."""
        if self._folder is not None and not self._has_begun:
            self._worker = worker or self._worker
            self._descriptor = _create(self._folder / _name_of(self._worker))
            self._has_begun = True
        return self._worker

    async def keep_forever(self) -> None:
        """Wait: the lock lasts as long as the process."""
        await asyncio.Event().wait()

    def is_certain(self) -> bool:
        return True

    async def certain(self) -> int:
        return self.term

    def knows_others(self) -> bool:
        self.is_alone = not self._others()
        return not self.is_alone

    def dead(self, _connection: Connection, _holders: Holders) -> list[str]:
        return [name for name, path in self._others().items() if _is_free(path)]

    def living(self, _connection: Connection, names: Collection[str]) -> list[str]:
        others = self._others()
        return [name for name in names if name in others and not _is_free(others[name])]

    def _others(self) -> dict[str, Path]:
        """Return the files of other processes, by their names."""
        if self._folder is None:
            return {}
        try:
            with os.scandir(self._folder) as found:
                files = {_owner_of(file.name): Path(file.path) for file in found if _is_lock(file)}
        except OSError:  # nobody has made the folder yet
            return {}
        files.pop(self._worker, None)
        return files

    def bury(self, names: Collection[str]) -> None:
        for name in names:
            if self._folder is not None:
                with suppress(OSError):
                    (self._folder / _name_of(name)).unlink()

    def suspects(self) -> bool:
        return False

    def end(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self.bury([self._worker])
        self._has_begun = False


def any_is_locked(folder: Path) -> bool:
    """Return whether some process keeps its file in a folder locked."""
    return any(not _is_free(path) for path in folder.glob(f"*{_SUFFIX}"))


def _is_lock(file: os.DirEntry[str]) -> bool:
    return file.name.endswith(_SUFFIX)


def _name_of(worker: str) -> str:
    return quote(worker, safe="") + _SUFFIX


def _owner_of(name: str) -> str:
    return unquote(name.removesuffix(_SUFFIX))


def _create(path: Path) -> int | None:
    """Create a locked file; return None, without a file, if that is not possible."""
    # Renamed once it is locked, or it could be taken for a dead process's.
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        log.debug("no lock in %s: %s", path.parent, error.strerror)
        return None
    try:
        if lock(descriptor):
            new.rename(path)
            return descriptor
    except OSError as error:
        log.debug("no lock in %s: %s", path.parent, error.strerror)
    os.close(descriptor)
    with suppress(OSError):
        new.unlink()
    return None


def _is_free(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return lock(descriptor)
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool:
    """Lock a file until its descriptor is closed; return False if it is locked."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
