"""Inserts of jobs whose text is made once."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Insert

from connectors.database import prepared
from connectors.database.schema import jobs

# SQLite's and psycopg's; what follows "::" is a type.
_PARAMETER: Final = re.compile(r"(?<!:):(\w+)|%\((\w+)\)s")


class PreparedInsert:
    """An insert that changes nothing if the row exists already.

    Compiled once: SQLAlchemy takes longer to prepare it than SQLite to run it.
    """

    def __init__(self, statement: Insert) -> None:
        self._statement = statement
        self._into = self._values = ""
        self._names: list[str] = []
        self._defaults: dict[str, Any] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Insert a row, and return whether it is new.

        ``values`` must not hold what the statement itself sets.
        """
        return self.run_all(connection, [values]) == 1

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert rows in one statement, and return how many of them are new."""
        if not self._names:
            self._compile(connection)
        whole = f"{self._into} {', '.join([self._values] * len(rows))} ON CONFLICT DO NOTHING"
        given = ({**self._defaults, **row} for row in rows)
        parameters = tuple(row[name] for row in given for name in self._names)
        return prepared.run_by_driver(connection, whole, parameters).rowcount

    def _compile(self, connection: Connection) -> None:
        compiled = self._statement.compile(connection, column_keys=jobs.c.keys())
        self._defaults = dict(compiled.params)
        into, named = str(compiled).split(" VALUES ", 1)
        self._into = f"{into} VALUES"
        # By position: SQLite would look through all names for each of them.
        mark = "%s" if "%(" in named else "?"
        self._values = _PARAMETER.sub(mark, named)
        self._names = [a or b for a, b in _PARAMETER.findall(named)]
