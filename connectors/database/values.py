"""Checks of values before a database sees them: SQLite would take them all."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import Table

T = TypeVar("T", bound=Mapping[str, Any])

_INTEGERS = range(-(2**63), 2**63)


class InvalidValue(ValueError):
    """A value that a column cannot hold. The text names the column at most, and no value."""


def checked(table: Table, values: T) -> T:
    """Return the values of a row, or raise InvalidValue."""
    limits = _limits(table)
    for name, value in values.items():
        if isinstance(value, str):
            if not is_text(value) or len(value) > limits[name]:
                raise InvalidValue(f"{table.name}.{name} cannot hold a text of this length or kind")
        elif isinstance(value, int) and value not in _INTEGERS:
            raise InvalidValue(f"{table.name}.{name} cannot hold a number of this size")
    return values


@cache
def _limits(table: Table) -> dict[str, int]:
    """Return how many characters each column can hold."""
    return {c.name: getattr(c.type, "length", None) or sys.maxsize for c in table.columns}


def is_text(value: str) -> bool:
    """Return whether a database can hold a text: no null character, no half of a pair."""
    if value.isascii():
        return "\0" not in value
    return as_text(value) == value


def as_text(value: str) -> str:
    """Return a text with a question mark for what no database can hold."""
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "?").encode(errors="replace").decode()
