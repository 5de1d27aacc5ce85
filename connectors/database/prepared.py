"""Statements whose text is made once for each kind of database, and what has a driver run them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.sql.elements import CompilerElement

    Values = Mapping[str, Any]


class Cursor(Protocol):
    """The result of a statement, as the driver has it: its rows are tuples."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> tuple[Any, ...] | None: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...


class Prepared:
    """A statement that is run often. A parameter of it cannot be a list of values.

    SQLAlchemy takes several times longer to have a statement run, which it has compiled, than
    SQLite to run it.
    """

    def __init__(self, statement: CompilerElement | str) -> None:
        self._statement = text(statement) if isinstance(statement, str) else statement
        self._texts: dict[str, tuple[str, Values]] = {}

    def run(self, connection: Connection, values: Values) -> Cursor:
        """Run it with the values of its parameters. Raise the driver's own errors."""
        said, defaults = self._texts.get(connection.dialect.name) or self._compiled(connection)
        return run_by_driver(connection, said, {**defaults, **values} if defaults else values)

    def value(self, connection: Connection, values: Values) -> Any:
        """Run it and return the first column of its first row; None if there is no row."""
        row = self.run(connection, values).fetchone()
        return None if row is None else row[0]

    def _compiled(self, connection: Connection) -> tuple[str, Values]:
        compiled: Any = self._statement.compile(connection)
        own = (name for bind, name in compiled.bind_names.items() if not bind.required)
        found = str(compiled), {name: compiled.params[name] for name in own}
        self._texts[connection.dialect.name] = found
        return found


def run_by_driver(connection: Connection, said: str, values: Values | Sequence[Any]) -> Cursor:
    """Run a statement without SQLAlchemy. Raise the driver's own errors."""
    raw: Any = connection.connection.driver_connection
    try:
        cursor: Cursor = raw.execute(said, values)
    except Exception as error:
        if getattr(raw, "closed", False):  # else SQLAlchemy would try to roll back there
            connection.invalidate(error)
        raise
    return cursor
