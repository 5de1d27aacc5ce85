"""Whole copies of a database: as one SQLite file, and from one into a database of either kind."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, insert, inspect, select, text

from connectors.database import schema
from connectors.database.address import Address, File
from connectors.database.config import Config
from connectors.database.engine import Backend, Sqlite, backend_for
from connectors.database.migrations import migrate
from connectors.database.postgres import connect_options, engine_url
from connectors.database.translation import translated
from connectors.database.versions import HEAD

_LEFT_OUT: Final = (schema.version, *schema.PASSING)
TABLES: Final = tuple(t for t in schema.metadata.sorted_tables if t not in _LEFT_OUT)
_BATCH = 500
_PARTS = ("-wal", "-shm", "")  # of a database; the last is the file itself

EXISTS = "{path} exists already. Choose another name."
NOTHING = "There is nothing to back up: {place} holds no database of Abi's."
OUTDATED = "The database is of an older version. Run `python -m bot migrate`, then try again."
NO_BACKUP = "{path} is not a backup of Abi's database."
IN_USE = "The bot is running with this database. Stop it, then try again."
UNREADABLE = "{path} cannot be read: {why}."


class CopyRefused(Exception):
    """A copy was not made, and nothing has changed; the text says why, and what to do."""


def prepare(config: Config) -> tuple[str | None, str]:
    """Bring the tables up to date; return the version before, None if there was none, and now.

    Of several processes one does the work. Raises DatabaseUnavailable.
    """
    with _connected(backend_for(config)) as connection:
        before = _version(connection)
        migrate(connection)
        return before, HEAD


def back_up(config: Config, target: Path) -> int:
    """Write all rows, as they are at one moment, into a new SQLite file; return how many.

    Others may go on writing meanwhile. Raises CopyRefused or DatabaseUnavailable.
    """
    if target.exists():
        raise CopyRefused(EXISTS.format(path=target))
    with _new_file(target) as new:
        address = config.address
        if isinstance(address, File):
            _copy_file(Path(address.path or ""), new, NOTHING.format(place=address.path))
        else:
            _copy_server(config, address, new)
        rows = _count(new)
        new.rename(target)
    return rows


def restore(config: Config, source: Path, *, is_in_use: Callable[[], bool]) -> Path | None:
    """Replace all rows by those of a backup; return the file that keeps the old ones, if any.

    The backup may be of an older version and of the other kind of database. Raises CopyRefused or
    DatabaseUnavailable.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = config.file
    target = path or config.data_dir / "abi.db"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _new_file(target) as new:
        _copy_file(source, new, NO_BACKUP.format(path=source))
        with _connected(_sqlite(new)) as copy:
            migrate(copy)
        if is_in_use():
            raise CopyRefused(IN_USE)
        old = target.with_name(f"{target.name}.before-{stamp}")
        if path is not None:
            return _put_in_place(new, path, old)
        return _put_on_server(config, new, old)


@contextmanager
def _new_file(target: Path) -> Iterator[Path]:
    """Give the path of an empty file beside ``target``, for its owner only; remove it at the end.

    Raises CopyRefused if it cannot be created.
    """
    try:
        descriptor, name = tempfile.mkstemp(suffix=".new", dir=target.parent)
    except OSError as error:
        raise CopyRefused(UNREADABLE.format(path=target.parent, why=error.strerror)) from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for part in _PARTS:
            Path(name + part).unlink(missing_ok=True)


def _copy_file(source: Path, new: Path, refusal: str) -> None:
    """Copy a SQLite file that holds our tables, even while others write to it."""
    if not source.is_file():
        raise CopyRefused(refusal)
    try:
        uri = f"{source.resolve().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(uri, uri=True)) as there,
            closing(sqlite3.connect(new)) as here,
        ):
            there.backup(here)
            here.execute("PRAGMA journal_mode=DELETE")
            found = here.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = {name for (name,) in found}
    except sqlite3.Error as error:
        raise CopyRefused(refusal) from error
    if not {schema.jobs.name, schema.version.name} <= names:
        raise CopyRefused(refusal)


def _copy_server(config: Config, address: Address, new: Path) -> None:
    snapshot = create_engine(
        url := engine_url(address),
        hide_parameters=True,
        connect_args=connect_options(url.query),
        isolation_level="REPEATABLE READ",
    )
    with _connected(backend_for(config), snapshot) as source, _connected(_sqlite(new)) as copy:
        version = _version(source)
        if version is None:
            raise CopyRefused(NOTHING.format(place=f"the database at {address.where}"))
        if version != HEAD:
            raise CopyRefused(OUTDATED)
        migrate(copy)
        with source.begin(), copy.begin():
            _copy_rows(source, copy)


def _put_in_place(new: Path, path: Path, old: Path) -> Path | None:
    has_old = path.exists()
    for part in _PARTS:
        if Path(f"{path}{part}").exists():
            Path(f"{path}{part}").rename(f"{old}{part}")
    new.rename(path)
    return old if has_old else None


def _put_on_server(config: Config, new: Path, old: Path) -> Path | None:
    before, _ = prepare(config)
    if before is not None:
        back_up(config, old)
    with (
        _connected(backend_for(config)) as target,
        _connected(_sqlite(new)) as source,
        target.begin(),
        source.begin(),
    ):
        target.execute(text(f"TRUNCATE {', '.join(table.name for table in TABLES)}"))
        _copy_rows(source, target)
    return None if before is None else old


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in TABLES:
        found = source.execute(select(table), execution_options={"yield_per": _BATCH})
        for rows in found.mappings().partitions():
            target.execute(insert(table), [dict(row) for row in rows])


def _count(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {t.name}") for t in TABLES]  # noqa: S608
        return sum(int(count.fetchone()[0]) for count in counts)


def _version(connection: Connection) -> str | None:
    with connection.begin():
        if not inspect(connection).has_table(schema.version.name):
            return None
        found: str | None = connection.execute(select(schema.version.c.version_num)).scalar()
        return found


def _sqlite(path: Path) -> Backend:
    return Sqlite(File(str(path)), time.time, is_own_folder=False)


@contextmanager
def _connected(backend: Backend, engine: Engine | None = None) -> Iterator[Connection]:
    """Give a connection outside of any transaction. Raises DatabaseUnavailable."""
    engine = engine or backend.open()
    try:
        with engine.connect() as connection:
            yield connection
    except Exception as error:
        unavailable = translated(error, backend.trouble)
        if unavailable is error:
            raise
        raise unavailable from error
    finally:
        engine.dispose()
