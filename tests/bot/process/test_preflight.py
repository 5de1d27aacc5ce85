import asyncio
import threading
from pathlib import Path

import pytest

from bot.process.preflight import unusable
from bot.settings import Settings, load
from connectors import database


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"DISCORD_BOT_TOKEN": "t", "ABI_DATA_DIR": str(tmp_path / "data")})


async def test_a_database_that_can_be_used_is_nothing_to_tell(settings: Settings) -> None:
    assert await unusable(settings, asyncio.Event()) is None


async def test_a_database_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    settings = load({"DISCORD_BOT_TOKEN": "t", "ABI_DATA_DIR": str(tmp_path / "data")})
    said = await unusable(settings, asyncio.Event())
    assert said is not None
    assert str(tmp_path / "data") in said


async def test_who_stops_the_process_waits_for_no_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang(_: object) -> str:
        released.wait()
        return "never looked at"

    monkeypatch.setattr(database, "unusable", hang)
    stop = asyncio.Event()
    stop.set()
    assert await unusable(settings, stop) is None
    released.set()
