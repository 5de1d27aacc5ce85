"""The table of the ledger, and its changes, which are made once at start."""

from pathlib import Path
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    inspect,
    select,
    text,
)

from connectors.database import preflight
from connectors.database.errors import NewerDatabase

HEAD: Final = preflight.HEAD
_LOCK: Final = 0x616269  # of the advisory lock: no other meaning

metadata = MetaData()

# Times are microseconds since 1970 in UTC. visible_at is when a job may be claimed, and of a running
# one the end of its lease; lease_by is the process that holds it. Payload and draft are JSON objects.
jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("owner_id", BigInteger, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    Column("zone", String(64)),
    Column("rule", Text),
    Column("wall_time", String(32)),
    Column("next_run", BigInteger, nullable=False),
    Column("visible_at", BigInteger, nullable=False),
    Column("lease_by", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("first_claimed_at", BigInteger),
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("payload", Text, nullable=False),
    Column("draft", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
_WAITS = text("state IN ('active', 'running')")
Index("jobs_waiting", jobs.c.kind, jobs.c.visible_at, sqlite_where=_WAITS, postgresql_where=_WAITS)
Index("jobs_of_owner", jobs.c.owner_id, jobs.c.next_run)
_IN_GUILD = jobs.c.guild_id.is_not(None)
Index(
    "jobs_of_guild",
    jobs.c.guild_id,
    jobs.c.kind,
    sqlite_where=_IN_GUILD,
    postgresql_where=_IN_GUILD,
)

_version = Table("jobs_version", MetaData(), Column("version_num", String(32), primary_key=True))


def is_current(connection: Connection) -> bool:
    """Return whether there is nothing to change. Raises NewerDatabase."""
    if not inspect(connection).has_table(_version.name):
        return False
    found = connection.execute(select(_version.c.version_num)).scalar()
    if found is not None and preflight.is_newer(found):
        raise NewerDatabase
    return bool(found == HEAD)


def migrate(connection: Connection) -> None:
    """Bring the table up to date in one transaction; of several processes that start, one does it."""
    with connection.begin():  # on SQLite this takes the write lock
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if not is_current(connection):
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Imported here, because most starts find nothing to change, and Alembic costs as much as SQLAlchemy.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
