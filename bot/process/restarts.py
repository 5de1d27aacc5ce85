"""Waits between failed starts, so that a supervisor's restarts do not flood Discord."""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bot.process.alone import open_lock
from connectors.local_scheduler import presence
from connectors.shared import exponential_backoff

log = logging.getLogger(__name__)

FIRST_WAIT_MS = 5_000
LONGEST_WAIT_MS = 900_000  # 1,000 logins a day is what Discord allows; this is 96
MOST_PROCESSES = 100  # that share a folder


class _State(msgspec.Struct, frozen=True):
    failed: int = 0
    at: float = 0.0
    login: str = ""  # a hash of the token


@contextmanager
def own_file(folder: Path) -> Iterator[Path]:
    """Give the file for the starts of this process: others may use the same folder meanwhile."""
    path, descriptor = _first_free(folder)
    try:
        yield path
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _first_free(folder: Path) -> tuple[Path, int | None]:
    for number in range(MOST_PROCESSES):
        path = folder / (f"starts-{number}.json" if number else "starts.json")
        descriptor = open_lock(path.with_suffix(".lock"))
        if descriptor is None or presence.lock(descriptor):
            return path, descriptor
        os.close(descriptor)
    return path, None


class Restarts:
    """Counts failed starts in a file, because each may end the process.

    Starts with another ``login``, the bot's token, do not count: a new token is tried at once.
    """

    def __init__(
        self, path: Path, *, login: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._login = hashlib.sha256(login.encode()).hexdigest()[:16]
        self._clock = clock

    def begin(self) -> None:
        """Count a start as failed until ``lasted`` is called."""
        self._write(_State(self._read().failed + 1, self._clock(), self._login))

    def lasted(self) -> None:
        """Forget all failures: the bot has been up for a while."""
        self._write(_State())

    def wait_s(self) -> float:
        """Return the wait before the next start: 0, then 5 s, doubled after each failure."""
        state = self._read()
        if state.failed <= 0:
            return 0.0
        wait_s = exponential_backoff(state.failed - 1, FIRST_WAIT_MS, LONGEST_WAIT_MS) / 1000
        # A clock that was set back must not lengthen the wait.
        return min(max(state.at + wait_s - self._clock(), 0.0), wait_s)

    def _read(self) -> _State:
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=_State)
        except FileNotFoundError:
            return _State()
        except (OSError, msgspec.DecodeError):
            log.warning("Could not read %s; counting failed starts from 0.", self._path)
            return _State()
        return state if state.login in ("", self._login) else _State()

    def _write(self, state: _State) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.write_bytes(msgspec.json.encode(state))
        except OSError as error:
            why = error.strerror
            log.warning("Could not write %s (%s); failed starts are not counted.", self._path, why)
