"""Faults of databases, networks and peers, each for some time or for some uses."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.events import LASTING

if TYPE_CHECKING:
    from collections.abc import Callable

# What can happen to a statement: nothing is done; it is done, and an error is raised; the same, and
# the connection is lost; it takes ``delay_s``; its process dies before it or after it.
DATABASE = ("fails", "fails unheard", "is cut", "is cut unheard", "hangs", "dies", "dies unheard")
# What can happen to a request: it does not leave; it is lost before or after its effect; it, or its
# answer, takes ``delay_s``; it is answered with ``status`` and ``code``; its process dies.
REQUEST = (
    *("is refused", "is lost", "is lost unheard", "is slow", "is answered late", "is answered"),
    *("dies", "dies unheard"),
)

_LASTING = {answer["code"] for answer in LASTING}
_LOOK = re.compile(r"GET /channels/\d+/messages")
_LOOK_AT_RESPONSE = re.compile(r"GET /webhooks/\d+/\*/messages/@original")


@dataclass(slots=True)
class Fault:
    """A fault of what matches ``pattern``, with this chance each time, after ``skip`` uses."""

    layer: str  # database, discord or model
    what: str
    until_s: float
    chance: float = 1.0
    times: int = 1_000_000
    pattern: str = ""
    skip: int = 0
    machine: int | None = None
    delay_s: float = 0.0
    status: int = 0
    code: int | None = None
    retry_after: float = 1.0

    def __str__(self) -> str:
        answer = f" with {self.status} ({self.code})" if self.status else ""
        return f"{self.what}{answer}{f' {self.delay_s:g} s' if self.delay_s else ''}"


@dataclass(slots=True)
class Faults:
    """The faults in force. Which of them strikes is decided by ``rng``."""

    rng: random.Random
    now: Callable[[], float]
    note: Callable[[str], None]
    active: list[Fault] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    database_s: list[tuple[float, float]] = field(default_factory=list)  # when it was away
    away_from: list[tuple[float, float, int]] = field(default_factory=list)  # from which process
    final_codes: bool = False  # whether Discord has said that a place is closed, and it was not
    denies_places: bool = False  # whether it has said that one is gone, and all that it shows
    hides_history: bool = False  # whether it has said so of what is written there
    may_refuse: bool = False  # whether an answer of it may have been taken for one about a text
    unread_s: list[float] = field(default_factory=list)  # when that could not be read
    unseen_s: list[float] = field(default_factory=list)  # when a response could not

    def add(self, fault: Fault) -> None:
        self.active.append(fault)

    def clear(self) -> None:
        self.active.clear()

    def strike(self, layer: str, machine: int, subject: str) -> Fault | None:
        """Return the fault that this use meets, if any."""
        if not self.active:
            return None
        now = self.now()
        self.active = [f for f in self.active if f.until_s > now and f.times > 0]
        for fault in self.active:
            fits = fault.layer == layer and fault.machine in (None, machine)
            if fits and re.search(fault.pattern, subject) and self.rng.random() < fault.chance:
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                self.injected[f"{layer} {fault.what}"] += 1
                if layer in ("database", "hang"):
                    # What hangs is waited for one after the other.
                    self.database_s.append((now, now + 3 * fault.delay_s))
                    self.away_from.append((now, now + 3 * fault.delay_s, machine))
                self.final_codes |= fault.code in _LASTING
                self.denies_places |= fault.code == 10003
                self.may_refuse |= fault.status in (400, 403) and fault.code != -1
                is_look = _LOOK.match(subject) is not None
                self.hides_history |= is_look and fault.code in _LASTING
                if is_look:
                    self.unread_s.append(now)
                if _LOOK_AT_RESPONSE.match(subject):
                    self.unseen_s.append(now)
                self.note(f"{subject} {fault}")
                return fault
        return None
