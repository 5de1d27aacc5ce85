import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from connectors.database import Config, unusable
from connectors.database.errors import of_postgres, of_sqlite


def test_a_file_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "abi.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert unusable(Config(tmp_path)) is None
        with closing(sqlite3.connect(tmp_path / "abi.db", timeout=0)) as ours:
            with pytest.raises(sqlite3.OperationalError) as raised:
                ours.execute("SELECT 1 FROM sqlite_master")
            trouble = of_sqlite(raised.value, tmp_path / "abi.db")
    assert (trouble.cause, trouble.remedy) == (
        f"{tmp_path}/abi.db is locked by another process",
        "",
    )


def test_a_read_only_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    path = tmp_path / "abi.db"
    sqlite3.connect(path).close()
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError) as raised,
    ):
        connection.execute("CREATE TABLE t (x)")
    trouble = of_sqlite(raised.value, path)
    assert trouble.cause == f"{path} or its folder is read-only"
    assert trouble.remedy


class Refusal(psycopg.OperationalError):
    """The error of psycopg when a server refuses a connection: it has a text, but no code."""

    def __init__(self, text: str, **connection: bytes) -> None:
        super().__init__(text)
        self._connection = SimpleNamespace(**connection)

    @property
    def pgconn(self) -> Any:
        return self._connection


@pytest.mark.parametrize(
    "said",
    [
        "FATAL:  Passwort-Authentifizierung für Benutzer »abi« fehlgeschlagen",
        "FATAL:  authentification par mot de passe échouée pour l'utilisateur « abi »",
        'ВАЖНО:  пользователь "abi" не прошёл проверку подлинности (по паролю)',
        'FATAL:  ユーザー"abi"のパスワード認証に失敗しました',
        "FATAL:  la base de datos «reminders» no existe",
        '致命错误:  数据库 "reminders" 不存在',
        'FATAL:  hittade ingen pg_hba.conf-post för värd "10.0.0.1", användare "abi", databas '
        '"reminders"',
    ],
)
def test_what_a_server_refuses_in_its_own_language_is_not_waited_for(said: str) -> None:
    text_ = f'connection failed: connection to server at "10.0.0.1", port 5432 failed: {said}'
    trouble = of_postgres(
        Refusal(text_, user=b"abi", db=b"reminders"), "db:5432", "ABI_DATABASE_URL"
    )
    assert trouble.remedy.endswith("ABI_DATABASE_URL") or "pg_hba.conf" in trouble.remedy
    assert "db:5432" in trouble.cause


@pytest.mark.parametrize(
    "said",
    [
        "SCHWERWIEGEND:  das Datenbanksystem startet",
        "ВАЖНО:  извините, уже слишком много клиентов",
        "FATAL:  le système de bases de données est en cours d'arrêt",
    ],
)
def test_what_a_server_says_of_itself_in_its_own_language_is_waited_for(said: str) -> None:
    text_ = f'connection failed: connection to server at "10.0.0.1", port 5432 failed: {said}'
    trouble = of_postgres(Refusal(text_, user=b"abi", db=b"reminders"), "db:5432")
    assert trouble.summary == (
        "the database does not answer (the server at db:5432 accepts no connections right now)"
    )


@pytest.mark.parametrize("host", ["certificate.example", "read-only.example", "timeout", "28P01"])
def test_the_name_of_a_host_is_no_word_about_what_is_wrong(host: str) -> None:
    said = f'connection to server at "{host}", port 5432 failed: Connection refused'
    trouble = of_postgres(Refusal(said), f"{host}:5432")
    assert (trouble.cause, trouble.remedy) == (f"connection refused at {host}:5432", "")
