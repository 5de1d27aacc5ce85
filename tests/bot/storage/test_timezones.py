from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.storage.timezones import Timezones
from connectors.database import Config
from connectors.database.database import Database

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")


@pytest.fixture
async def timezones(database_url: str | None, tmp_path: Path) -> AsyncIterator[Timezones]:
    database = Database(Config(tmp_path, database_url))
    yield Timezones(database)
    await database.aclose()


async def test_a_person_who_was_never_asked_has_no_zone(timezones: Timezones) -> None:
    await timezones.choose(8, TOKYO)
    assert await timezones.of(7) is None


async def test_a_new_zone_replaces_the_old_one(timezones: Timezones) -> None:
    await timezones.choose(7, BERLIN)
    assert await timezones.of(7) == BERLIN
    await timezones.choose(7, TOKYO)
    assert await timezones.of(7) == TOKYO
