"""The SQL that SQLAlchemy has made of statements."""

from typing import Any, Final

from sqlalchemy.util import LRUCache


class Compiled(LRUCache[Any, Any]):
    """The SQL of statements, for every engine of one kind.

    SQLAlchemy keeps it for one engine, and each lost connection ends one: everything would be
    compiled again after each outage. A key begins with the engine's own dialect.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


COMPILED: Final = {"sqlite": Compiled(500), "postgresql": Compiled(500)}
