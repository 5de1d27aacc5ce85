import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from connectors.database import Config, migrations, schema, unusable, versions
from connectors.database.engine import backend_for
from connectors.database.errors import NewerDatabase
from tests.released import restore

ROOT = Path(__file__).parents[3]
# What the rows of a released database lack.
NEW = (
    *("turns", "turn_messages", "summaries", "personas", "server_rules"),
    *("usage_entries", "usage_days", "usage_totals", "usage_months", "usage_notices"),
    *("opt_outs", "erasures"),
    *("shards", "gateways", "identifies", "request_shares"),
)
ADDED: dict[str, list[Any]] = {name: [] for name in NEW}
UP_TO_DATE = {"jobs_version": [(versions.HEAD,)]}


@pytest.fixture
def config(database_url: str | None, tmp_path: Path) -> Config:
    return Config(tmp_path, database_url)


@pytest.fixture
def released(config: Config) -> Config:
    restore(config)
    return config


@contextmanager
def connected(config: Config) -> Iterator[Connection]:
    engine = backend_for(config).open()
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def run(config: Config, *statements: str) -> None:
    with connected(config) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def migrate(config: Config) -> None:
    with connected(config) as connection:
        migrations.migrate(connection)


def contents(config: Config) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table that exists."""
    with connected(config) as connection:
        found = inspect(connection).get_table_names()
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in schema.metadata.tables.values()
            if table.name in found
        }


def shape(config: Config) -> dict[str, Any]:
    """Return all that the database knows about its tables: columns, keys, indexes."""
    with connected(config) as connection:
        found = inspect(connection)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns],
                found.get_pk_constraint(name),
                sorted(map(index_shape, found.get_indexes(name))),
                found.get_unique_constraints(name),
                found.get_foreign_keys(name),
            )
            for name in sorted(found.get_table_names())
            for columns in [found.get_columns(name)]
        }


def index_shape(index: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return an index as the database knows it.

    PostgreSQL casts a condition once more when it is restored.
    """
    wheres = (str(v) for k, v in index["dialect_options"].items() if k.endswith("_where"))
    condition = [re.sub(r"::[a-z ]+(\[\])?|[()]", "", where) for where in wheres]
    return index["name"], index["column_names"], bool(index["unique"]), condition


def test_a_new_database_is_at_the_newest_version(config: Config) -> None:
    migrate(config)
    tables: dict[str, list[Any]] = {"jobs": [], "choices": [], "zones": []}
    assert contents(config) == tables | ADDED | UP_TO_DATE


def test_the_migrations_end_where_the_code_says() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_heads() == [versions.HEAD]
    assert len(list(scripts.walk_revisions())) == int(versions.HEAD)


def test_the_migrations_and_the_tables_of_the_code_make_the_same_schema(
    config: Config,
) -> None:
    migrate(config)
    made_at_once = shape(config)
    run(config, *(f"DROP TABLE {name}" for name in schema.metadata.tables))
    with connected(config) as connection, connection.begin():
        migrations.upgrade(connection)
    assert shape(config) == made_at_once
    assert contents(config)["jobs_version"] == [(versions.HEAD,)]


def test_a_released_database_is_upgraded_without_loss(released: Config) -> None:
    before = contents(released)
    assert len(before["jobs"]) == 10
    assert {row[15] for row in before["jobs"]} == {
        "active",
        "running",
        "settled",
        "parked",
        "paused",
    }
    assert (len(before["choices"]), len(before["zones"])) == (3, 1)
    migrate(released)
    assert contents(released) == before | ADDED | UP_TO_DATE
    assert unusable(released) is None


def test_a_released_database_has_the_same_schema_as_a_new_one(released: Config) -> None:
    migrate(released)
    upgraded = shape(released)
    run(released, *(f"DROP TABLE {name}" for name in schema.metadata.tables))
    migrate(released)
    assert upgraded == shape(released)


@pytest.mark.parametrize("missing", [["choices"], ["zones"], ["choices", "zones"]])
def test_a_table_that_was_never_used_before_is_made(released: Config, missing: list[str]) -> None:
    before = contents(released)
    run(released, *(f"DROP TABLE {name}" for name in missing))
    migrate(released)
    empty: dict[str, Any] = {name: [] for name in missing}
    assert contents(released) == before | empty | ADDED | UP_TO_DATE


def test_the_first_release_is_upgraded_without_loss(released: Config) -> None:
    run(released, "DROP INDEX jobs_of_guild", "UPDATE jobs_version SET version_num = '0001'")
    before = contents(released)
    migrate(released)
    assert contents(released) == before | ADDED | UP_TO_DATE
    with connected(released) as connection:
        names = {index["name"] for index in inspect(connection).get_indexes("jobs")}
    assert "jobs_of_guild" in names


def test_preferences_that_were_there_before_the_ledger_are_kept(released: Config) -> None:
    # A release could be stopped after the one and before the other was made.
    before = contents(released)
    run(released, "DROP TABLE jobs", "DROP TABLE jobs_version")
    migrate(released)
    assert contents(released) == before | {"jobs": []} | ADDED | UP_TO_DATE


def test_a_newer_database_is_refused_and_left_alone(released: Config) -> None:
    run(released, "UPDATE jobs_version SET version_num = '0999'", "DROP TABLE zones")
    before = contents(released), shape(released)
    said = unusable(released)
    assert said is not None
    assert " was written by a newer version of Abi." in said
    with pytest.raises(NewerDatabase):
        migrate(released)
    assert (contents(released), shape(released)) == before


def test_another_programs_table_is_left_alone(config: Config) -> None:
    run(config, "CREATE TABLE jobs (something INTEGER)", "INSERT INTO jobs VALUES (1)")
    with connected(config) as connection, pytest.raises(Exception, match="already exists"):
        migrations.migrate(connection)
    with connected(config) as connection:
        assert inspect(connection).get_table_names() == ["jobs"]
        assert connection.execute(text("SELECT * FROM jobs")).all() == [(1,)]


@pytest.mark.parametrize("state", ["config", "released"])
def test_of_many_that_start_at_once_one_migrates(
    state: str, config: Config, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(state)
    with ThreadPoolExecutor(8) as starting:
        list(starting.map(migrate, [config] * 8))
    assert contents(config)["jobs_version"] == [(versions.HEAD,)]


@pytest.mark.parametrize("runs", [1, 2])
def test_alembic_is_loaded_only_to_change_an_older_database(tmp_path: Path, runs: int) -> None:
    if runs == 2:
        migrate(Config(tmp_path))
    code = (
        "import sys; from pathlib import Path; from connectors.database import Config, migrations;"
        "from connectors.database.engine import backend_for;"
        f"connection = backend_for(Config(Path({str(tmp_path)!r}))).open().connect();"
        "migrations.migrate(connection);"
        "print(*sorted({'alembic', 'psycopg', 'mako'} & set(sys.modules)),"
        " *(name for name in sys.modules if name.startswith('sqlalchemy.dialects.postgresql')))"
    )
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
