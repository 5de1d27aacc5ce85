"""The condition on which a request is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


def nothing() -> None:
    pass


async def nothing_async() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Condition:
    """Each function raises if a request may not be sent.

    ``ensure`` is awaited before each wait for a turn, while nothing is held that others wait for,
    and again when the turn has come: it should take no time then unless the wait was long.
    ``check`` is called right before each try.
    """

    check: Callable[[], None] = nothing
    ensure: Callable[[], Awaitable[None]] = nothing_async


ALWAYS = Condition()
