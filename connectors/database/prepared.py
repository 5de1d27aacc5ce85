"""Statements whose text is made once for each kind of database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult
    from sqlalchemy.sql.elements import CompilerElement

    Values = Mapping[str, Any]


class Prepared:
    """A statement that is run often. A parameter of it cannot be a list of values.

    SQLAlchemy takes longer to find the text of a statement it has compiled than SQLite to run it.
    """

    def __init__(self, statement: CompilerElement | str) -> None:
        self._statement = text(statement) if isinstance(statement, str) else statement
        self._texts: dict[str, tuple[str, Values]] = {}

    def run(self, connection: Connection, values: Values | Sequence[Values]) -> CursorResult[Any]:
        """Run it with the values of its parameters, or once with each of several."""
        said, defaults = self._texts.get(connection.dialect.name) or self._compiled(connection)
        if isinstance(values, Mapping):
            return connection.exec_driver_sql(said, {**defaults, **values})
        return connection.exec_driver_sql(said, [{**defaults, **each} for each in values])

    def _compiled(self, connection: Connection) -> tuple[str, Values]:
        compiled = self._statement.compile(connection)
        found = str(compiled), dict(compiled.params)
        self._texts[connection.dialect.name] = found
        return found
