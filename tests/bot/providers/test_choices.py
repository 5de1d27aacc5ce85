from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.providers import choices as module
from bot.providers.choices import FRESH_S, Choices
from bot.providers.preferences import Place, Preference, Scope
from bot.storage.preferences import Preferences
from connectors.database import Config, DatabaseUnavailable
from connectors.database.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HERE, BOB = Place(1, 10, 100), Place(2, 10, 100)
AWAY = Place(1, 30, 300, is_away=True)
MINE = Preference(Scope.ME, "openai", "gpt-6-luna")
CHANNELS = Preference(Scope.CHANNEL, "mistral", None)
SERVERS = Preference(Scope.SERVER, "mlx", None)


class Counted:
    """A database that counts what it is asked, and may be away."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.asked = 0
        self.is_away = False

    async def run(self, work: Any, **options: Any) -> Any:
        self.asked += 1
        if self.is_away:
            raise DatabaseUnavailable("away")
        return await self.database.run(work, **options)


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Counted]:
    database = Database(Config(tmp_path, database_url))
    yield Counted(database)
    await database.aclose()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def choices(database: Any, now: list[float]) -> Choices:
    return Choices(Preferences(database), clock=lambda: now[0])


async def test_all_who_ask_in_a_place_look_once(choices: Choices, database: Counted) -> None:
    await choices.choose(HERE, SERVERS)
    await choices.choose(HERE, MINE)
    await choices.choose(HERE, CHANNELS)
    database.asked = 0
    found = await asyncio.gather(*(choices.at(Place(n, 10, 100)) for n in range(50)))
    assert found[1] == [MINE, CHANNELS, SERVERS]
    assert found[2] == [CHANNELS, SERVERS]
    assert await choices.at(AWAY) == []
    assert database.asked == 4  # of this place and of the other, and of the people there


async def test_what_is_chosen_here_holds_at_once_and_elsewhere_after_a_while(
    choices: Choices, database: Any, now: list[float]
) -> None:
    assert await choices.at(HERE) == []
    await choices.choose(HERE, MINE)
    assert await choices.at(HERE) == [MINE]
    await Preferences(database).choose(HERE, CHANNELS)
    assert await choices.at(HERE) == [MINE]
    assert await choices.read(HERE) == [MINE, CHANNELS]
    now[0] = FRESH_S
    assert await choices.at(HERE) == [MINE, CHANNELS]
    await choices.forget(HERE, Scope.ME)
    assert await choices.at(HERE) == [CHANNELS]


async def test_a_choice_that_was_made_while_others_were_read_holds(choices: Choices) -> None:
    reading = asyncio.create_task(choices.at(HERE))
    await asyncio.sleep(0)
    await choices.choose(HERE, MINE)
    await reading
    assert await choices.at(HERE) == [MINE]


async def test_where_very_many_have_chosen_each_is_looked_up(
    choices: Choices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PEOPLE", 1)
    for place in (HERE, BOB):
        await choices.choose(place, MINE)
    await choices.choose(HERE, SERVERS)
    assert await choices.at(BOB) == [MINE, SERVERS]
    assert await choices.at(Place(3, 10, 100)) == [SERVERS]


async def test_what_cannot_be_read_is_read_again(choices: Choices, database: Counted) -> None:
    database.is_away = True
    with pytest.raises(DatabaseUnavailable):
        await choices.at(HERE)
    database.is_away = False
    assert await choices.at(HERE) == []
