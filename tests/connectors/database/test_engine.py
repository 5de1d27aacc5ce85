"""Tests of what SQLite and SQLAlchemy do not do by themselves."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import String, literal_column, select

from connectors.database.compiled import COMPILED
from connectors.database.config import Config
from connectors.database.engine import _use_wal, backend_for


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def mode_of(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def test_the_switch_to_wal_waits_for_another_process_that_writes(tmp_path: Path) -> None:
    with (
        closing(connect(tmp_path / "abi.db")) as other,
        closing(connect(tmp_path / "abi.db")) as ours,
    ):
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN IMMEDIATE")
        _use_wal(ours, clock=lambda: 0, sleep=lambda _s: other.rollback())
        assert mode_of(ours) == "wal"


def test_the_switch_to_wal_ends_when_the_lock_stays(tmp_path: Path) -> None:
    time = iter(range(100))
    with (
        closing(connect(tmp_path / "abi.db")) as other,
        closing(connect(tmp_path / "abi.db")) as ours,
    ):
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            _use_wal(ours, clock=lambda: next(time), sleep=lambda _s: None)


def test_another_error_of_the_switch_is_not_tried_again(tmp_path: Path) -> None:
    (tmp_path / "abi.db").write_bytes(b"not a database at all " * 100)
    with closing(connect(tmp_path / "abi.db")) as ours, pytest.raises(sqlite3.DatabaseError):
        _use_wal(ours, sleep=lambda _s: pytest.fail("it waited"))


def test_a_statement_is_compiled_once_for_all_engines(tmp_path: Path) -> None:
    statement = select(literal_column("'only here'", String))
    sizes = [len(COMPILED["sqlite"])]
    for name in ("one", "another"):
        engine = backend_for(Config(tmp_path / name)).open()
        with engine.connect() as connection:
            assert connection.execute(statement).scalar() == "only here"
        engine.dispose()
        sizes.append(len(COMPILED["sqlite"]))
    before, first, second = sizes
    assert first == second == before + 1
