from __future__ import annotations

from pathlib import Path

import pytest

import connectors
from connectors import ApiRequestFailed, local_scheduler

SECRET_URL = "postgres://abi:hunter2@db/abi"


def test_without_a_database_a_file_in_the_data_folder_is_used() -> None:
    config = local_scheduler.load_from_env({})
    assert (config.database_url, config.data_dir) == ("sqlite:///data/abi.sqlite3", Path("data"))
    assert config.is_sqlite


def test_the_data_folder_can_be_chosen() -> None:
    config = local_scheduler.load_from_env({"ABI_DATA_DIR": " /var/lib/abi ", "DATABASE_URL": " "})
    assert config.database_url == "sqlite:////var/lib/abi/abi.sqlite3"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (SECRET_URL, "postgresql://abi:hunter2@db/abi"),
        ("postgres+asyncpg://db/abi", "postgresql+asyncpg://db/abi"),
        ("postgresql://db/abi", "postgresql://db/abi"),
        ("sqlite+aiosqlite:///x", "sqlite+aiosqlite:///x"),
    ],
)
def test_a_database_is_taken_as_hosts_write_it(typed: str, read: str) -> None:
    config = connectors.try_load_local_scheduler({"DATABASE_URL": typed})
    assert config is not None
    assert config.database_url == read
    assert config.is_sqlite is read.startswith("sqlite")


def test_the_password_is_not_printed() -> None:
    config = local_scheduler.load_from_env({"DATABASE_URL": SECRET_URL})
    assert "hunter2" not in f"{config!r} {config}"


@pytest.mark.parametrize("typed", ["mysql://hunter2@db/abi", "hunter2", "postgres"])
def test_any_other_database_is_refused_without_quoting_it(typed: str) -> None:
    with pytest.raises(ApiRequestFailed, match="DATABASE_URL") as raised:
        local_scheduler.load_from_env({"DATABASE_URL": typed})
    assert "hunter2" not in str(raised.value)


def test_it_is_always_available() -> None:
    assert local_scheduler.is_available({})
