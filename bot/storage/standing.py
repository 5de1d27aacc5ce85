"""The standing of limits: to whom they belong, and what is used of them; values only."""

from __future__ import annotations

import msgspec


class Scope(msgspec.Struct, frozen=True):
    """A person in a server, a server (``user_id`` None), or all servers (EVERYWHERE)."""

    guild_id: int
    user_id: int | None
    day: int  # as yyyymmdd, on the clock by which the scope counts
    by_minute: bool = False  # whether the last minute counts, too


class Sum(msgspec.Struct, frozen=True):
    questions: int = 0
    tokens: int = 0
    cost: int = 0

    def plus(self, other: Sum) -> Sum:
        return Sum(
            self.questions + other.questions, self.tokens + other.tokens, self.cost + other.cost
        )


class Standing(msgspec.Struct, frozen=True):
    """The use of a day and of its month; what is ``open`` is reserved, and not in these.

    ``minute`` is how many questions were asked within the last one, and ``since_us`` when the
    first of them was, in microseconds since 1970.
    """

    day: Sum = Sum()
    month: Sum = Sum()
    open: Sum = Sum()
    minute: int = 0
    since_us: int = 0
