"""The result of a check, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

import msgspec


class State(IntEnum):
    """The end of a check; the value is the exit code that it asks for."""

    OK = 0
    TO_DO = 1
    FATAL = 2


class Finding(msgspec.Struct, frozen=True):
    """One line: what was looked at, what was found, and what to do, if anything.

    ``public`` is what people read who do not run the bot, in place of ``said`` and ``to_do``.
    """

    name: str
    said: str
    to_do: str = ""
    public: str | None = None
    is_fatal: bool = False  # the bot cannot run
    is_known: bool = True  # False: nothing was looked at, and nothing need be done

    @property
    def line(self) -> str:
        """The result, then what to do about it."""
        said = self.said.rstrip(".")
        return f"{said}. {self.to_do}" if self.to_do else said

    @property
    def state(self) -> State:
        if self.is_fatal:
            return State.FATAL
        return State.TO_DO if self.to_do else State.OK


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 0 if all is well, 1 if there is something to do, 2 if the bot cannot run."""
    return max((finding.state for finding in findings), default=State.OK).value
