from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.storage.persona import Persona, Scope
from bot.storage.personas import Personas
from connectors.database import Config, InvalidValue
from connectors.database.database import Database

SERVERS = Persona(Scope.SERVER, 2, 2, "Pirate", "Talk like a pirate.")
CHANNELS = Persona(Scope.CHANNEL, 5, 2, "Poet", "Rhyme.")
THREADS = Persona(Scope.CONVERSATION, 7, 2, "Tutor", "Ask back.")


@pytest.fixture
async def personas(database_url: str | None, tmp_path: Path) -> AsyncIterator[Personas]:
    database = Database(Config(tmp_path, database_url))
    yield Personas(database)
    await database.aclose()


async def test_the_nearest_wins_and_a_thread_inherits_its_channels(personas: Personas) -> None:
    for persona in (SERVERS, CHANNELS, THREADS):
        await personas.choose(persona)
    assert await personas.at(7, 2, parent_id=5) == [THREADS, CHANNELS, SERVERS]
    assert await personas.at(8, 2, parent_id=5) == [CHANNELS, SERVERS]
    assert await personas.at(6, 2) == [SERVERS]
    assert await personas.at(6, None) == []
    assert await personas.in_server(2) == [SERVERS, CHANNELS, THREADS]


async def test_a_new_one_replaces_the_old_one_until_it_is_cleared(personas: Personas) -> None:
    await personas.choose(CHANNELS)
    await personas.choose(replace(CHANNELS, name="Critic", prompt="Be strict."))
    assert [found.name for found in await personas.at(5, 2)] == ["Critic"]
    assert await personas.clear(Scope.CHANNEL, 5)
    assert not await personas.clear(Scope.CHANNEL, 5)
    assert await personas.at(5, 2) == []


async def test_a_text_that_no_database_can_hold_is_refused(personas: Personas) -> None:
    with pytest.raises(InvalidValue):
        await personas.choose(replace(CHANNELS, prompt="\0"))
