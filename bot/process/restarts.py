"""How long to wait before the next start, so that a supervisor's restarts never hit Discord in a tight loop."""

import hashlib
import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0  # 1,000 logins a day is what Discord allows; this is 96


class _State(msgspec.Struct, frozen=True):
    failed: int = 0
    at: float = 0.0
    login: str = ""  # of which token, as a hash that tells nothing about it


class Restarts:
    """Counts starts that did not come to last, in a file, because the process may die of any of them.

    Those with another ``login``, the bot's token, do not count: one that was corrected is tried at once.
    """

    def __init__(
        self, path: Path, *, login: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._login = hashlib.sha256(login.encode()).hexdigest()[:16]
        self._clock = clock

    def begin(self) -> None:
        """Count a start; it stays counted until ``lasted``."""
        self._write(_State(self._read().failed + 1, self._clock(), self._login))

    def lasted(self) -> None:
        """Forget the failures: the bot has been up for a while."""
        self._write(_State())

    def wait_s(self) -> float:
        """Seconds to wait before the next start: 0, then 5 and twice as long after each failed one."""
        state = self._read()
        if state.failed <= 0:
            return 0.0
        doubled = FIRST_WAIT_S * 2.0 ** min(state.failed - 1, 16)
        wait_s = min(doubled, LONGEST_WAIT_S)
        # A clock that was set back must not make the bot wait for longer than it ever would.
        return min(max(state.at + wait_s - self._clock(), 0.0), wait_s)

    def _read(self) -> _State:
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=_State)
        except FileNotFoundError:
            return _State()
        except (OSError, msgspec.DecodeError):
            log.warning("cannot read %s; counting failed starts from 0", self._path)
            return _State()
        return state if state.login in ("", self._login) else _State()

    def _write(self, state: _State) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(msgspec.json.encode(state))
        except OSError as error:
            log.warning(
                "cannot write %s (%s); failed starts are not counted", self._path, error.strerror
            )
