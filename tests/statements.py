"""The statements that code runs, by SQLAlchemy or by the driver itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from connectors.database import prepared

if TYPE_CHECKING:
    from sqlalchemy import Connection

Look = Callable[["Connection", str, Any], object]


@contextmanager
def looked_at(look: Look) -> Iterator[None]:
    """Call ``look`` with each statement before it is run, and with one set of its values."""
    run_by_driver = prepared.run_by_driver

    def run(connection: Connection, said: str, values: Any) -> prepared.Cursor:
        look(connection, said, values)
        return run_by_driver(connection, said, values)

    def hear(
        connection: Connection, _: Any, said: str, values: Any, _context: Any, is_many: bool
    ) -> None:
        look(connection, said, values[0] if is_many else values)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prepared, "run_by_driver", run)
            yield
    finally:
        event.remove(Engine, "before_cursor_execute", hear)
