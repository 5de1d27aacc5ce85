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
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.errors import DatabaseUnavailable
from bot.settings import SettingsError

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

# Whose clock shows what: asked once, changed with /timezone.
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
    if not database_url:
        return URL.create("sqlite", database=str(data_dir / "abi.db"))
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise SettingsError("DATABASE_URL is no address. Set it to postgresql://…") from error
    if url.get_backend_name() in ("postgres", "postgresql"):  # Heroku says postgres://
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite":
        return url
    raise SettingsError(f"DATABASE_URL names {url.drivername}. Set it to postgresql://…")


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
            await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown(wait=False)

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            if self._engine is None:
                self._engine = self._open()
            with self._engine.begin() as connection:
                return work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise DatabaseUnavailable(
                f"{self._url.get_backend_name()}: {type(error).__name__}"
            ) from error

    def _open(self) -> Engine:
        if self._url.database and self._url.get_backend_name() == "sqlite":
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        # A connection that the server closed meanwhile is noticed and replaced.
        engine = create_engine(self._url, pool_pre_ping=True, hide_parameters=True)
        metadata.create_all(engine)
        return engine
