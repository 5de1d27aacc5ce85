"""DATABASE_URL -> engine; the bot's own tables; the one thread that talks to it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import DatabaseUnavailable
from bot.settings import SettingsError
from connectors.database import engine as dialects
from connectors.database.address import AddressError, File, parse
from connectors.database.errors import is_read_only, of_postgres, of_sqlite

T = TypeVar("T")

metadata = MetaData()

# Who chose which model where: scope is "me", "channel" or "server"; user_id is 0 except for "me".
choices = Table(
    "choices",
    metadata,
    Column("scope", String(8), primary_key=True),
    Column("place_id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("provider", String(32), nullable=False),
    Column("model", String(200)),
)

# The time zone of each person: asked once, changed with /timezone.
zones = Table(
    "zones",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("zone", String(64), nullable=False),
)


def engine_url(database_url: str | None, data_dir: Path) -> URL:
    """Return where the database is: a PostgreSQL, or a SQLite file in data_dir without an address.

    Raises SettingsError for an address that is neither.
    """
    try:
        address = parse(database_url) if database_url else File(str(data_dir / "abi.db"))
    except AddressError as error:
        raise SettingsError(f"DATABASE_URL {error}") from None
    if isinstance(address, File):
        return URL.create("sqlite", database=address.path)
    return dialects.engine_url(address)


class Database:
    """Work is done in a thread of its own, one piece after the other, each in a transaction."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._engine: Engine | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Return what work returns. Raises DatabaseUnavailable; then nothing was changed."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def aclose(self) -> None:
        """Finish what is under way and let go of the database."""
        if self._engine is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._dispose)
        self._thread.shutdown(wait=False)

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            return self._transact(work)
        except DBAPIError as error:
            if not is_read_only(error.orig):
                raise self._unavailable(error) from error
        except (SQLAlchemyError, OSError) as error:
            raise self._unavailable(error) from error
        try:  # a server that is a standby now has not closed its sessions: another one may do
            self._dispose()
            return self._transact(work)
        except (SQLAlchemyError, OSError) as error:
            raise self._unavailable(error) from error

    def _transact(self, work: Callable[[Connection], T]) -> T:
        if self._engine is None:
            self._engine = self._open()
        with self._engine.begin() as connection:
            return work(connection)

    def _dispose(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def _unavailable(self, error: Exception) -> DatabaseUnavailable:
        cause = getattr(error, "orig", None) or error
        if self._is_file:
            return DatabaseUnavailable(of_sqlite(cause, Path(self._url.database or "")).summary)
        where = f"{self._url.host or 'localhost'}:{self._url.port or 5432}"
        return DatabaseUnavailable(of_postgres(cause, where).summary)

    @property
    def _is_file(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    def _open(self) -> Engine:
        if self._url.database and self._is_file:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        # A connection that the server closed meanwhile is noticed and replaced.
        options = {} if self._is_file else dialects.connect_options(self._url.query)
        engine = create_engine(
            self._url, pool_pre_ping=True, hide_parameters=True, connect_args=options
        )
        metadata.create_all(engine)
        return engine
