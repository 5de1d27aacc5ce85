import pytest

from tests.connectors.discord.conftest import Place

ASK = {"name": "ask", "description": "Ask", "type": 1}


@pytest.mark.parametrize("is_global", [True, False])
async def test_commands_are_kept_per_place(place: Place, is_global: bool) -> None:
    application_id = place.server.application_id
    guild_id = None if is_global else place.guild.id
    made = await place.rest.create_command(application_id, ASK, guild_id=guild_id)
    changed = await place.rest.edit_command(
        application_id, made.id, {"description": "Ask a model"}, guild_id=guild_id
    )
    assert changed.description == "Ask a model"
    found = await place.rest.command(application_id, made.id, guild_id=guild_id)
    assert (found.name, found.guild_id) == ("ask", None if is_global else str(place.guild.id))
    [remind] = await place.rest.set_commands(
        application_id, [{**ASK, "name": "remind"}], guild_id=guild_id
    )
    assert await place.rest.commands(application_id, guild_id=guild_id) == [remind]
    other = place.guild.id if is_global else None
    assert await place.rest.commands(application_id, guild_id=other) == []
    await place.rest.delete_command(application_id, remind.id, guild_id=guild_id)
    assert await place.rest.commands(application_id, guild_id=guild_id) == []
