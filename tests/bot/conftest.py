from pathlib import Path

import pytest

from tests.databases import empty, make_database, new_file


@pytest.fixture(scope="session")
def bots_url(postgres_url: str) -> str:
    """Give the address of a database with all tables."""
    return make_database(postgres_url, "bots")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Give the address of an empty database with all tables; None means the SQLite file."""
    if request.param == "sqlite":
        new_file(tmp_path)
        return None
    url: str = request.getfixturevalue("bots_url")
    empty(url)
    return url
