from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.doctor import storage, texts
from bot.doctor.storage import database_finding, disk, in_bytes
from connectors.database import Config, DatabaseState
from connectors.database.errors import Trouble
from connectors.database.versions import HEAD


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0.0 kB"), (1_234_567, "1.2 MB"), (69_300_000_000, "69.3 GB")]
)
def test_sizes_are_in_a_fitting_unit(size: int, words: str) -> None:
    assert in_bytes(size) == words


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[[DatabaseState], None]:
    def find(state: DatabaseState) -> None:
        monkeypatch.setattr(storage, "database", SimpleNamespace(state=lambda _: state))

    return find


def test_tables_of_an_older_version_are_nothing_to_do(
    found: Callable[[DatabaseState], None],
) -> None:
    found(DatabaseState("PostgreSQL", "db:5432", "0001", 5_000_000))
    finding = database_finding(Config())
    said = (
        f"PostgreSQL, db:5432: schema 0001, brought to {HEAD} at the next start, 5.0 MB, writable"
    )
    assert (finding.said, finding.to_do, finding.public) == (said, "", texts.DATABASE_WORKS)


def test_only_what_does_not_pass_by_itself_keeps_the_bot_from_running(
    found: Callable[[DatabaseState], None],
) -> None:
    found(DatabaseState("SQLite", "a.db", trouble=Trouble("it is read-only", "Make it writable")))
    finding = database_finding(Config())
    assert (finding.line, finding.is_fatal) == (
        "SQLite, a.db: it is read-only. Make it writable.",
        True,
    )
    found(DatabaseState("PostgreSQL", "db", trouble=Trouble("refused", is_away=True)))
    finding = database_finding(Config())
    assert (finding.to_do, finding.is_fatal) == (texts.WAIT, False)
    assert "db" not in (finding.public or "")


def test_files_that_do_not_last_are_to_be_mended(tmp_path: Path) -> None:
    finding = disk(Config(tmp_path, loss="Heroku deletes files. Set DATABASE_URL"))
    assert finding.line == "files do not last. Heroku deletes files. Set DATABASE_URL."
    assert finding.public == texts.NOT_LASTING_PUBLIC


def test_a_folder_that_is_yet_to_be_made_is_on_the_disk_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(tmp_path / "not" / "yet")
    assert disk(config).to_do == ""
    monkeypatch.setattr(storage, "FEW_BYTES", 1 << 80)
    assert disk(config).to_do == f"Make room on the disk with {tmp_path}."
    assert not disk(Config(tmp_path / ("x" * 300))).is_known
    assert disk(Config(database_url="postgresql://db/abi")).said == texts.DISK_NOT_NEEDED
