import logging
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from connectors.database.address import _LIBPQ, Address, AddressError, File, parse
from connectors.database.engine import backend_for
from connectors.database.postgres import engine_url
from connectors.local_scheduler import Config
from tests.rows import each

PASSWORDS = [
    "simple",
    "p@ss",
    "p:a:ss",
    "p/ss/",
    "p?ss=1&x",
    "p#ss",
    "100%",
    "a%zz",
    "@/:?#%@",
    "a@b/c",
    "a@b?ssl=1",
    "a@localhost:5432/x",
    "ends@",
    "two words",
    "ünïcode",
    "[brackets]",
    "a,b",
    "+plus&and=",
]


def address(value: str) -> Address:
    found = parse(value)
    assert isinstance(found, Address)
    return found


def as_sqlalchemy_connects(found: Address) -> dict[str, object]:
    dialect: Any = PGDialect_psycopg  # its methods are not annotated
    _, options = dialect().create_connect_args(engine_url(found))
    return dict(options)


@each(
    "password, tail",
    list(product(PASSWORDS, ["", "?sslmode=require", "?pgbouncer=true", "?application_name=a@b"])),
)
def test_a_password_needs_no_escaping(password: str, tail: str) -> None:
    found = address(f"postgres://me:{password}@db.example:6543/abi{tail}")
    assert (found.user, found.password) == ("me", password)
    assert (found.hosts, found.database) == ((("db.example", "6543"),), "abi")
    assert conninfo_to_dict(found.url)["password"] == password
    assert as_sqlalchemy_connects(found)["password"] == password


@each("password", PASSWORDS)
def test_an_escaped_password_is_read_as_what_it_stands_for(password: str) -> None:
    found = address(f"postgresql://me:{quote(password, safe='')}@db/abi")
    assert found.password == password


@pytest.mark.parametrize(
    "scheme",
    [
        "postgres",
        "postgresql",
        "postgresql+asyncpg",
        "postgresql+psycopg2",
        "POSTGRESQL",
        "jdbc:postgresql",
    ],
)
def test_every_spelling_of_the_scheme_is_read(scheme: str) -> None:
    assert address(f"{scheme}://me:pw@db/abi").url == "postgresql://me:pw@db/abi"


@each(
    "value, expected",
    [
        ("postgresql://db/abi", {"host": "db", "dbname": "abi"}),
        ("postgresql:///abi", {"dbname": "abi"}),
        ("postgresql://me@db", {"user": "me", "host": "db"}),
        ("postgresql://me@server:pw@db/abi", {"user": "me@server", "password": "pw"}),
        ("postgresql://me:pw@[::1]:5433/abi", {"host": "::1", "port": "5433"}),
        ("postgresql://me:pw@a:1,b:2/abi", {"host": "a,b", "port": "1,2"}),
        ("postgresql://me:@/abi?host=/srv/run", {"host": "/srv/run", "user": "me"}),
        ("postgresql://%2Fsrv%2Frun/abi", {"host": "/srv/run"}),
        ("postgresql://db/abi?user=me&password=p@w", {"user": "me", "password": "p@w"}),
        ("psql 'postgresql://me:pw@db/abi?sslmode=require'", {"sslmode": "require"}),
        ("postgresql://db/abi?channel_binding=require", {"channel_binding": "require"}),
        ("postgresql://db/abi?ssl=true", {"sslmode": "require"}),
        ("postgresql://db/abi?ssl=false", {"sslmode": "disable"}),
        ("postgresql://db/abi?ssl=verify-full", {"sslmode": "verify-full"}),
        ("postgresql://db/abi?sslmode=no-verify", {"sslmode": "require"}),
        ("postgresql://db/abi?schema=abi", {"options": "-c search_path=abi"}),
        ("postgresql://db/abi?currentSchema=abi", {"options": "-c search_path=abi"}),
        (
            "postgresql://db/abi?options=-c%20a=b&schema=x",
            {"options": "-c a=b -c search_path=x"},
        ),
    ],
)
def test_libpq_gets_what_was_meant(value: str, expected: dict[str, str]) -> None:
    found = address(value)
    given = conninfo_to_dict(found.url)
    assert {name: given.get(name) for name in expected} == expected
    assert {
        k: v for k, v in as_sqlalchemy_connects(found).items() if k in ("user", "password")
    } == {k: v for k, v in given.items() if k in ("user", "password")}


@pytest.mark.parametrize(
    "option",
    [
        "pgbouncer=true",
        "connection_limit=1",
        "pool_timeout=10",
        "schema=public",
        "prepareThreshold=0",
        "statement_cache_size=0",
        "serverVersion=16",
        "conn_max_age=600",
        "charset=utf8",
        "max_size=4",
    ],
)
def test_an_option_without_meaning_here_is_left_out_and_said_to_be(
    option: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"postgresql://me:secret@db/abi?{option}"
    assert address(url).options == {}
    with caplog.at_level(logging.INFO):
        backend_for(Config(database_url=url))
    assert f'DATABASE_URL: the option "{option.split("=")[0]}"' in caplog.text
    assert "secret" not in caplog.text


@each(
    "value, said",
    [
        (
            "mysql://me:secret@db/abi",
            "is not the address of a PostgreSQL server but of MySQL; set it to",
        ),
        (
            "mongodb+srv://me:secret@db",
            "is not the address of a PostgreSQL server but of MongoDB; set it to",
        ),
        ("secret", "is not the address of a PostgreSQL server; set it to postgresql://…"),
        ("secret://x", "is not the address of a PostgreSQL server; set it to postgresql://…"),
        (
            "postgresql:/secret",
            "is not the address of a PostgreSQL server; set it to postgresql://…",
        ),
        ("postgresql://me:secret@db/abi?sslmod=require", 'has an option "sslmod" that'),
        ("postgresql://me:secret@db/abi?sslmode=secret", "has an sslmode that"),
        ("postgresql://me:secret@db/abi?foo%0Asecret=1", "has an option that PostgreSQL"),
        ("postgresql://me:secret@db:0/abi", "has an invalid port; PostgreSQL's default is 5432"),
        (
            "postgresql://me:secret@db:99999/abi",
            "has an invalid port; PostgreSQL's default is 5432",
        ),
        ("postgresql://me:secret@db:port/abi", "cannot be read; write it as postgresql://user:"),
        ("postgresql://me:secret@d b/abi", "cannot be read; write it as postgresql://user:"),
        ("postgresql://me:secret%00@db/abi", "contains a null character; write it as"),
        (
            "sqlite://me:secret@db/abi.db",
            "names a user or a host, which a SQLite file does not have; set it to sqlite:///…",
        ),
        ("sqlite:///abi.db?secret=1", "has options, which SQLite does not take; remove them"),
    ],
)
def test_what_has_no_clear_meaning_is_one_sentence_that_shows_nothing(
    value: str, said: str
) -> None:
    with pytest.raises(AddressError) as raised:
        parse(value)
    assert str(raised.value).startswith(said)
    assert "secret" not in f"{raised.value!r} {raised.value.__cause__} {raised.value.__context__}"


@each(
    "value, path",
    [
        ("sqlite:///data/abi.db", "data/abi.db"),
        ("sqlite:////srv/abi.db", "/srv/abi.db"),
        ("sqlite://abi.db", "abi.db"),
        ("sqlite+aiosqlite:///abi.db", "abi.db"),
        ("sqlite:///C:/abi/abi.db", "C:/abi/abi.db"),
        ("sqlite:///a%20b.db", "a%20b.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
    ],
)
def test_a_sqlite_file_is_where_sqlalchemy_would_have_it(value: str, path: str | None) -> None:
    assert parse(value) == File(path)
    assert Config(database_url=value).file == (Path(path) if path else None)


def test_nothing_that_prints_an_address_shows_its_password() -> None:
    found = address("postgresql://me:secret@db:5432/abi?sslpassword=secret")
    assert "secret" not in f"{found!r} {found.where}"
    assert found.where == "db:5432"


def test_every_option_that_is_let_through_is_one_that_libpq_knows() -> None:
    assert {option.keyword.decode() for option in pq.Conninfo.get_defaults()} >= _LIBPQ
