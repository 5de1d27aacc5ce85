"""The use of answers in a span of time, added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from operator import add
from typing import Self

import msgspec


class Amount(msgspec.Struct, frozen=True):
    """The use of some answers. ``cost`` is in millionths of a dollar.

    ``estimated`` and ``unpriced`` count what is only estimated, and what is of models whose price
    is not known. The fields are the columns of the tables, in their order.
    """

    questions: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0  # of the input
    output_tokens: int = 0
    cost: int = 0
    estimated: int = 0
    unpriced: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(add, msgspec.structs.astuple(self), msgspec.structs.astuple(other)))

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def weight(self) -> tuple[int, int, int]:
        """By what amounts are put in order: money first, then tokens."""
        return self.cost, self.tokens, self.questions


NOTHING = Amount()


def total(amounts: Iterable[Amount]) -> Amount:
    return reduce(add, amounts, NOTHING)


class Report(msgspec.Struct, frozen=True):
    """Use by day or month and provider, by provider and model, and by person.

    ``persons`` are those who used most, the most first, and ``others`` how many more there are. A
    person of None stands for all who deleted their data.
    """

    days: Mapping[tuple[date, str], Amount] = {}
    models: Mapping[tuple[str, str], Amount] = {}
    persons: Sequence[tuple[int | None, Amount]] = ()
    others: int = 0

    @property
    def total(self) -> Amount:
        return total(self.days.values())


class Line(msgspec.Struct, frozen=True):
    """The use of one model by one person on one day.

    Where lines are of months, ``provider`` and ``model`` are empty.
    """

    day: date
    person: int | None
    provider: str
    model: str
    amount: Amount
