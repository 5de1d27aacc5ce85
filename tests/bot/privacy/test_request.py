import pytest

from bot.privacy.request import places_of
from bot.sandbox.discord_server import Fault
from connectors import ConnectorError
from tests.bot.privacy.desk import Desk


async def test_the_places_of_a_server_are_its_channels_as_far_as_they_are_known(
    desk: Desk,
) -> None:
    room = desk.room
    found = await places_of(room.rest, room.guild.id, is_server=True)
    assert {room.kitchen.id, room.hall.id} <= set(found)
    assert await places_of(room.rest, 1, is_server=True) == ()
    dm = room.discord.dm(room.alice)
    assert await places_of(room.rest, room.alice.id, is_server=False) == (dm.id,)
    room.discord.inject(Fault("POST", "/users/@me/channels", status=500, times=9))
    with pytest.raises(ConnectorError):
        await places_of(room.rest, room.bob.id, is_server=False)
