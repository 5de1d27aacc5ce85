from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.conversations import texts
from bot.conversations.personas import LISTED, Spot, choose, clear, listed, shown, visible
from bot.errors import Refused
from bot.storage.persona import Persona, Scope
from bot.storage.personas import Personas
from connectors.database import Config
from connectors.database.database import Database

CHANNEL = Spot(channel_id=5, guild_id=2)
THREAD = Spot(channel_id=7, guild_id=2, parent_id=5)
DIRECT = Spot(channel_id=9, is_theirs=True)
PIRATE = Persona(Scope.SERVER, 2, 2, "Pirate", "Talk like a pirate.")


@pytest.fixture
async def personas(tmp_path: Path) -> AsyncIterator[Personas]:
    database = Database(Config(tmp_path))
    yield Personas(database)
    await database.aclose()


@pytest.mark.parametrize(
    ("spot", "allowed"),
    [
        (CHANNEL, set()),
        (replace(CHANNEL, manages_channels=True), {Scope.CHANNEL}),
        (replace(CHANNEL, manages_server=True), {Scope.CHANNEL, Scope.SERVER}),
        (THREAD, set()),
        (replace(THREAD, is_theirs=True), {Scope.CONVERSATION}),
        (replace(THREAD, manages_channels=True), {Scope.CONVERSATION, Scope.CHANNEL}),
        (DIRECT, {Scope.CONVERSATION}),
    ],
)
async def test_who_may_set_a_persona_where(
    spot: Spot, allowed: set[Scope], personas: Personas
) -> None:
    found = set()
    for scope in Scope:
        try:
            await choose(personas, spot, scope, "Pirate", "Arr.", [])
        except Refused:
            with pytest.raises(Refused):
                await clear(personas, spot, scope)
        else:
            found.add(scope)
    assert found == allowed


async def test_a_threads_channel_is_its_parent(personas: Personas) -> None:
    spot = replace(THREAD, manages_channels=True)
    await choose(personas, spot, Scope.CHANNEL, "Poet", "Rhyme.", [])
    assert [p.name for p in await personas.at(5, 2)] == ["Poet"]
    assert await clear(personas, spot, Scope.CHANNEL) == texts.CLEARED["channel"]
    assert await clear(personas, spot, Scope.CHANNEL) == texts.NOTHING_TO_CLEAR["channel"]


async def test_a_known_persona_needs_no_prompt(personas: Personas) -> None:
    said = await choose(personas, DIRECT, Scope.CONVERSATION, " pirate\n", "", [PIRATE])
    assert said == "`pirate` answers in this conversation from now on."
    assert (await personas.at(9, None))[0].prompt == "Talk like a pirate."
    for name in ("Poet", "\u202e"):
        with pytest.raises(Refused):
            await choose(personas, DIRECT, Scope.CONVERSATION, name, "", [PIRATE])


async def test_personas_of_channels_that_one_cannot_see_are_not_listed(
    personas: Personas,
) -> None:
    hidden = Persona(Scope.CHANNEL, 6, 2, "Spy", "Whisper.")
    for persona in (PIRATE, hidden, replace(hidden, place_id=5, name="Poet")):
        await personas.choose(persona)
    found = await visible(personas, CHANNEL, lambda channel_id: channel_id == 5)
    assert [p.name for p in found] == ["Pirate", "Poet"]


def test_what_speaks_is_shown_with_what_is_behind_it() -> None:
    poet = Persona(Scope.CHANNEL, 5, 2, "Poet", "Rhyme.```@everyone")
    said = shown([poet, PIRATE], "Be kind.")
    assert said.startswith("`Poet` answers here (set in this channel)")
    assert said.count("```") == 2
    assert "over `Pirate` (set in this server)" in said
    assert "Be kind." in shown([], "Be kind.")


def test_a_long_list_fits_into_a_message() -> None:
    many = [Persona(Scope.CHANNEL, 10**19 + n, 2, "x" * 64, "y") for n in range(50)]
    said = listed(many)
    assert f"and {50 - LISTED} more" in said
    assert len(said) <= 2000
    assert listed([]) == texts.NO_PERSONAS
