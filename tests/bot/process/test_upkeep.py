import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.process.upkeep import AWAY_S, backup, migrate, restore
from bot.settings import Settings, load
from connectors.database.versions import HEAD


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"ABI_DATA_DIR": str(tmp_path / "data"), "ABI_FILES_LAST": "1"})


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that was printed, on whichever of the two."""
    printed = capsys.readouterr()
    assert bool(printed.out) != bool(printed.err)
    [line] = (printed.out or printed.err).splitlines()
    return line


def set_version(path: Path, version: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE jobs_version SET version_num = ?", [version])


def test_the_tables_are_created_and_then_up_to_date(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert migrate(settings) == 0
    assert sentence(capsys) == f"The tables of the database were created (version {HEAD})."
    assert migrate(settings) == 0
    assert sentence(capsys) == f"The database is up to date (version {HEAD})."


def test_a_newer_database_is_refused(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(settings)
    capsys.readouterr()
    set_version(settings.data_dir / "abi.db", "0999")
    assert migrate(settings) == 2
    assert "newer version of Abi" in sentence(capsys)


def test_files_that_do_not_last_are_not_migrated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load({"ABI_DATA_DIR": str(tmp_path), "DYNO": "release.1"})
    assert migrate(settings) == 0
    assert "heroku addons:create" in sentence(capsys)
    assert not (tmp_path / "abi.db").exists()


def test_a_server_is_waited_for_half_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    settings, now = load({"DATABASE_URL": "postgresql://me:secret@127.0.0.1:9/abi"}), [0.0]

    def sleep(_: float) -> None:
        now[0] += 15.0

    assert migrate(settings, clock=lambda: now[0], sleep=sleep) == 2
    assert now[0] == AWAY_S
    said = sentence(capsys)
    assert said.startswith("Gave up after half a minute: the database does not answer (")
    assert "secret" not in said


def test_what_is_backed_up_is_restored(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(settings)
    capsys.readouterr()
    assert backup(settings, None) == 0
    written = re.fullmatch(r"Backed up 0 rows to (.*)\.", sentence(capsys))
    assert written is not None
    assert Path(written[1]).parent == settings.data_dir / "backups"
    assert restore(settings, written[1]) == 0
    said = sentence(capsys)
    assert said.startswith(f"Restored {written[1]}. What the database held before is in ")
    assert Path(said.split()[-1].rstrip(".")).exists()


@pytest.mark.parametrize(
    ("version", "said"),
    [(None, "is not a backup"), ("0999", "was written by a newer version of Abi")],
)
def test_what_cannot_be_restored_is_told_in_a_sentence(
    settings: Settings, capsys: pytest.CaptureFixture[str], version: str | None, said: str
) -> None:
    migrate(settings)
    source = settings.data_dir / "copy.db"
    if version is not None:
        backup(settings, str(source))
        set_version(source, version)
    capsys.readouterr()
    assert restore(settings, str(source)) == 2
    assert said in sentence(capsys)


def test_a_folder_that_cannot_be_written_is_told(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(settings)
    (tmp_path / "file").touch()
    capsys.readouterr()
    assert backup(settings, str(tmp_path / "file" / "copy.db")) == 2
    assert "cannot be written" in sentence(capsys)


def test_a_server_that_is_away_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = load({"DATABASE_URL": "postgresql://me:secret@127.0.0.1:9/abi"})
    assert backup(settings, str(tmp_path / "copy.db")) == 2
    assert sentence(capsys).startswith("Nothing was done: the database does not answer (")
