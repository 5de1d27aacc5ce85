"""Clocks of a simulation: what ``time`` and ``datetime`` say depends on whose code asks.

Import this before anything that reads a clock: default arguments keep the functions they find.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

START = 1_780_300_800.0  # 2026-06-01 08:00 UTC


@dataclass(slots=True)
class Clock:
    """A clock that may be wrong by ``ahead_s``, and gains ``drift`` seconds per second."""

    ahead_s: float = 0.0
    drift: float = 0.0

    def time(self) -> float:
        now = true_s()
        return START + now + self.ahead_s + self.drift * now

    def set_right(self) -> None:
        self.ahead_s = self.drift = 0.0


class Place(Protocol):
    """The process that code runs in, as far as the clocks and the loop need to know."""

    index: int
    clock: Clock
    is_dead: bool
    parked: list[Any] | None
    files: set[int]

    def die(self, for_s: float) -> None:
        """End it at once, and start it again after so many seconds."""


here: ContextVar[Place | None] = ContextVar("here", default=None)


def true_s() -> float:
    """Return the seconds since the simulation began."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:  # between two callbacks, or before the start
        return 0.0


def _time() -> float:
    place = here.get()
    return START + true_s() if place is None else place.clock.time()


def _sleep(seconds: float) -> None:
    """Pass time for everybody: what blocks is work of a thread, done in the loop."""
    asyncio.get_running_loop().pass_time(seconds)  # type: ignore[attr-defined]


def _now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
    return cls.fromtimestamp(_time(), tz)


def install() -> None:
    """Replace the clocks of this interpreter, for good."""
    for name, function in (("time", _time), ("monotonic", true_s), ("sleep", _sleep)):
        setattr(time, name, function)
    # A built-in type takes no new attribute; its dictionary does.
    [attributes] = gc.get_referents(datetime.__dict__)
    attributes["now"] = classmethod(_now)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))
