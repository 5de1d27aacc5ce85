"""Tests of what an operator reads when the database cannot be used."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from connectors.database import Config, DatabaseUnavailable, load_from_env, unusable
from connectors.database.database import Database
from tests.postgres import NewPostgres


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def what_the_ledger_says(config: Config) -> str:
    database = Database(config)
    with pytest.raises(DatabaseUnavailable) as raised:
        await database.run(lambda connection: connection.execute(text("SELECT 1")))
    await database.aclose()
    return raised.value.summary


def test_a_new_folder_and_a_used_one_are_usable(tmp_path: Path) -> None:
    config = Config(tmp_path / "new" / "data")
    assert unusable(config) is None
    assert unusable(config) is None


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    config = Config(tmp_path / "data" / "abi")
    cause = f"the folder {tmp_path}/data/abi cannot be created: Not a directory"
    assert unusable(config) == (
        f"The database cannot be used: {cause}."
        " Make it writable for the user that runs the bot, or set ABI_DATA_DIR to another folder."
    )
    assert await what_the_ledger_says(config) == (
        f"the database cannot be used ({cause})."
        " Make it writable for the user that runs the bot, or set ABI_DATA_DIR to another folder"
    )


@pytest.mark.parametrize(
    "content", [b"not a database at all " * 100, b"SQLite format 3\0" + b"x" * 9000]
)
async def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "abi.db").write_bytes(content)
    cause = f"{tmp_path}/abi.db is damaged or not a database"
    assert unusable(Config(tmp_path)) == (
        f"The database cannot be used: {cause}. Restore a backup, or move it away."
    )
    assert await what_the_ledger_says(Config(tmp_path)) == (
        f"the database cannot be used ({cause}). Restore a backup, or move it away"
    )


def test_a_folder_where_the_file_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "abi.db").mkdir()
    assert unusable(Config(tmp_path)) == (
        f"The database cannot be used: {tmp_path}/abi.db is a folder, but must be a file."
        " Move it away."
    )


async def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    await migrated(Config(tmp_path), "UPDATE jobs_version SET version_num = '0999'")
    assert unusable(Config(tmp_path)) == (
        f"The database cannot be used: {tmp_path}/abi.db was written by a newer version of Abi."
        " Install that version again, or restore a backup from before the upgrade."
    )
    said = await what_the_ledger_says(Config(tmp_path))
    assert (
        said == "the database cannot be used (the database was written by a newer version of Abi)."
        " Install that version again, or restore a backup from before the upgrade"
    )


FOREIGN = [
    "CREATE TABLE jobs (id int)",
    "CREATE TABLE jobs_version (something text)",
    "CREATE TABLE jobs_version (version_num text); INSERT INTO jobs_version VALUES (NULL)",
    "CREATE TABLE jobs_version (version_num text); INSERT INTO jobs_version VALUES ('b1ff')",
]


@pytest.mark.parametrize("statements", FOREIGN)
def test_tables_of_another_program_are_left_alone(
    statements: str, tmp_path: Path, postgres_url: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "abi.db")) as connection:
        connection.executescript(statements)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS foreigners WITH (FORCE)")
        admin.execute("CREATE DATABASE foreigners")
    url = postgres_url.replace("/postgres?", "/foreigners?")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)
    for config in (Config(tmp_path), Config(database_url=url)):
        assert str(unusable(config)).endswith(
            " contains tables of another program."
            " Set DATABASE_URL or ABI_DATA_DIR to a database of Abi's own."
        )


async def migrated(config: Config, statement: str) -> None:
    database = Database(config)
    await database.run(lambda connection: connection.execute(text(statement)))
    await database.aclose()


async def test_a_server_that_is_away_is_waited_for_and_says_where() -> None:
    port = free_port()
    config = Config(database_url=f"postgresql://me:secret@127.0.0.1:{port}/abi")
    assert unusable(config) is None
    assert await what_the_ledger_says(config) == (
        f"the database does not answer (connection refused at 127.0.0.1:{port})"
    )


async def test_a_name_that_is_not_found_is_waited_for() -> None:
    config = Config(database_url="postgresql://me:secret@db.invalid:5432/abi")
    assert unusable(config) is None
    assert await what_the_ledger_says(config) == (
        "the database does not answer (the host name of db.invalid:5432 was not found)"
    )


@pytest.mark.parametrize(
    "option",
    ["service=nobody", "hostaddr=nowhere", "target_session_attrs=any1", "channel_binding=x"],
)
def test_an_option_that_no_waiting_makes_right_is_told(option: str) -> None:
    said = unusable(Config(database_url=f"postgresql://me:secret@127.0.0.1:9/abi?{option}"))
    assert str(said).endswith(" does not accept an option in DATABASE_URL. Remove the option.")


async def test_a_right_to_connect_is_told_from_one_to_make_tables(strict_server: str) -> None:
    host = strict_server.partition("host=")[2]
    config = Config(
        database_url=f"postgresql://abi:right@/closed?host={host}", url_env="ABI_DATABASE_URL"
    )
    assert unusable(config) == (
        f"The database cannot be used: the server at {host} does not let this user connect to the"
        " database. Grant CONNECT on it to the user of ABI_DATABASE_URL."
    )


async def test_the_variable_that_is_set_is_the_one_that_is_named(strict_server: str) -> None:
    host = strict_server.partition("host=")[2]
    address = f"postgresql://abi:wrong@/abi?host={host}"
    for name in ("DATABASE_URL", "ABI_DATABASE_URL"):
        config = load_from_env({name: address})
        assert str(unusable(config)).endswith(f" Correct them in {name}.")
        assert (await what_the_ledger_says(config)).endswith(f" Correct them in {name}")


@pytest.fixture(scope="module")
def strict_server(new_postgres: NewPostgres) -> Iterator[str]:
    """Yield the address of a server with passwords: user ``abi``, password ``right``."""
    with new_postgres() as server:
        url = str(server.get_uri())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE abi LOGIN PASSWORD 'right'")
            connection.execute("CREATE DATABASE abi OWNER abi")
            connection.execute("CREATE DATABASE others")
            connection.execute("CREATE DATABASE closed")
            connection.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
            rules = connection.execute("SHOW hba_file").fetchone()
            assert rules is not None
            Path(rules[0]).write_text("local all postgres trust\nlocal all abi scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
        yield url


async def test_what_a_server_refuses_is_told_apart(strict_server: str) -> None:
    host = strict_server.partition("host=")[2]

    def said_of(user: str, password: str, database: str, more: str = "") -> str | None:
        url = f"postgresql://{user}:{password}@/{database}?host={host}{more}"
        return unusable(Config(database_url=url))

    def sentence(cause: str) -> str:
        return f"The database cannot be used: {cause}."

    assert said_of("abi", "right", "abi") is None
    said = {
        name: str(found)
        for name, found in {
            "password": said_of("abi", "wr@ng/:?", "abi"),
            "user": said_of("nobody", "right", "abi"),
            "database": said_of("abi", "right", "missing"),
            "rights": said_of("abi", "right", "others"),
            "schema": said_of("abi", "right", "abi", "&schema=missing"),
        }.items()
    }
    assert said["password"].startswith(
        sentence(f"the server at {host} refused the user name or password")
    )
    assert said["user"].startswith(
        sentence(f"the server at {host} does not accept this user from this host")
    )
    assert said["database"].startswith(sentence(f"the server at {host} has no such database"))
    assert said["rights"].startswith(sentence("the user may not create tables there"))
    assert said["schema"].startswith(sentence("the schema that DATABASE_URL names does not exist"))
    for text_ in said.values():
        assert "right" not in text_.replace("rights", "")
        assert "wr@ng" not in text_
