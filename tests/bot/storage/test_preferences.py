from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.providers.preferences import Place, Preference, Scope
from bot.storage.preferences import Preferences
from connectors.database import Config, InvalidValue
from connectors.database.database import Database

ALICE_HERE = Place(user_id=1, channel_id=10, guild_id=100)
BOB_HERE = Place(user_id=2, channel_id=10, guild_id=100)
ALICE_NEXT_DOOR = Place(user_id=1, channel_id=11, guild_id=100)
ALICE_ELSEWHERE = Place(user_id=1, channel_id=20, guild_id=200)
ALICE_DIRECT = Place(user_id=1, channel_id=30, guild_id=None)

MINE = Preference(Scope.ME, "openai", "gpt-6-luna")
CHANNELS = Preference(Scope.CHANNEL, "mistral", None)
SERVERS = Preference(Scope.SERVER, "mlx", "mlx-community/Qwen3-4B-4bit")


@pytest.fixture
async def database(database_url: str | None, tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(Config(tmp_path, database_url))
    yield database
    await database.aclose()


async def test_the_nearest_choice_wins(database: Database) -> None:
    preferences = Preferences(database)
    for choice in (SERVERS, MINE, CHANNELS):
        await preferences.choose(ALICE_HERE, choice)
    assert await preferences.at(ALICE_HERE) == [MINE, CHANNELS, SERVERS]


async def test_a_choice_holds_where_it_was_made_and_for_whom(database: Database) -> None:
    preferences = Preferences(database)
    for choice in (SERVERS, MINE, CHANNELS):
        await preferences.choose(ALICE_HERE, choice)
    assert await preferences.at(BOB_HERE) == [CHANNELS, SERVERS]
    assert await preferences.at(ALICE_NEXT_DOOR) == [MINE, SERVERS]
    assert await preferences.at(ALICE_ELSEWHERE) == await preferences.at(ALICE_DIRECT) == []


async def test_direct_messages_have_choices_of_their_own(database: Database) -> None:
    preferences = Preferences(database)
    await preferences.choose(ALICE_DIRECT, MINE)
    assert await preferences.at(ALICE_DIRECT) == [MINE]
    assert await preferences.at(ALICE_HERE) == []


async def test_a_new_choice_replaces_the_old_one(database: Database) -> None:
    preferences = Preferences(database)
    await preferences.choose(ALICE_HERE, MINE)
    await preferences.choose(ALICE_HERE, Preference(Scope.ME, "mistral", None))
    assert await preferences.at(ALICE_HERE) == [Preference(Scope.ME, "mistral", None)]


async def test_a_forgotten_choice_no_longer_holds(database: Database) -> None:
    preferences = Preferences(database)
    await preferences.choose(ALICE_HERE, MINE)
    await preferences.choose(ALICE_HERE, CHANNELS)
    await preferences.forget(ALICE_HERE, Scope.ME)
    assert await preferences.at(ALICE_HERE) == [CHANNELS]


async def test_choices_outlive_the_process(database_url: str | None, tmp_path: Path) -> None:
    for _ in range(2):
        database = Database(Config(tmp_path / "new", database_url))
        await Preferences(database).choose(ALICE_HERE, MINE)
        await database.aclose()
    database = Database(Config(tmp_path / "new", database_url))
    assert await Preferences(database).at(ALICE_HERE) == [MINE]
    await database.aclose()


@pytest.mark.parametrize("model", ["x" * 201, "gpt\0"])
async def test_a_model_that_cannot_be_stored_is_refused(database: Database, model: str) -> None:
    preferences = Preferences(database)
    with pytest.raises(InvalidValue):
        await preferences.choose(ALICE_HERE, Preference(Scope.ME, "openai", model))
    assert await preferences.at(ALICE_HERE) == []
