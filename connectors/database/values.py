"""Checks of values before a database sees them: SQLite would take them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import Table

T = TypeVar("T", bound=Mapping[str, Any])

_INTEGERS = range(-(2**63), 2**63)


class InvalidValue(ValueError):
    """A value that a column cannot hold. The text names the column at most, and no value."""


def checked(table: Table, values: T) -> T:
    """Return the values of a row, or raise InvalidValue."""
    for name, value in values.items():
        if isinstance(value, str):
            limit = getattr(table.c[name].type, "length", None)
            if not is_text(value) or (limit is not None and len(value) > limit):
                raise InvalidValue(f"{table.name}.{name} cannot hold a text of this length or kind")
        elif isinstance(value, int) and value not in _INTEGERS:
            raise InvalidValue(f"{table.name}.{name} cannot hold a number of this size")
    return values


def is_text(value: str) -> bool:
    """Return whether a database can hold a text: no null character, no half of a pair."""
    return as_text(value) == value


def as_text(value: str) -> str:
    """Return a text with a question mark for what no database can hold."""
    return value.replace("\0", "?").encode(errors="replace").decode()
