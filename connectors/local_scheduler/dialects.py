"""The SQL in which the ledger differs between SQLite and PostgreSQL."""

from typing import Final, Protocol

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    extract,
    func,
    text,
)

from connectors.database.address import Address, File

CHANNEL: Final = "abi_jobs"  # of LISTEN and NOTIFY
_NOTIFY = text("SELECT pg_notify(:channel, :sender)")
_LOCK = text("SELECT pg_advisory_xact_lock(:owner_id)")


class Dialect(Protocol):
    """The SQL of the ledger that differs between databases."""

    def now(self) -> ColumnElement[int]:
        """Return the time by which leases are measured, in microseconds."""

    def pairs(self, parameter: str) -> TableValuedAlias:
        """Return a table with the ``key`` and ``value`` of each pair of a JSON object."""

    def notify(self, connection: Connection, sender: str) -> None:
        """Tell the other processes that a job is due soon."""

    def lock(self, connection: Connection, owner_id: int) -> None:
        """Keep other transactions from counting a person's jobs until this one ends."""


def dialect_for(address: Address | File) -> Dialect:
    """Return the dialect of the database at an address."""
    return Sqlite() if isinstance(address, File) else Postgres()


class Sqlite:
    def now(self) -> ColumnElement[int]:
        # A function of ours: see connectors.database.engine.
        return func.now_us(type_=BigInteger)

    def pairs(self, parameter: str) -> TableValuedAlias:
        return func.json_each(bindparam(parameter, type_=Text)).table_valued("key", "value")

    def notify(self, connection: Connection, sender: str) -> None:
        """Do nothing: other processes poll."""

    def lock(self, connection: Connection, owner_id: int) -> None:
        """Do nothing: there is only one transaction that writes."""


class Postgres:
    def now(self) -> ColumnElement[int]:
        # Not clock_timestamp(): that changes within a statement, so no index could be used with it.
        return cast(extract("epoch", func.statement_timestamp()) * 1_000_000, BigInteger)

    def pairs(self, parameter: str) -> TableValuedAlias:
        json = cast(bindparam(parameter, type_=Text), JSON)
        return func.json_each_text(json).table_valued("key", "value")

    def notify(self, connection: Connection, sender: str) -> None:
        connection.execute(_NOTIFY, {"channel": CHANNEL, "sender": sender})

    def lock(self, connection: Connection, owner_id: int) -> None:
        connection.execute(_LOCK, {"owner_id": owner_id})
