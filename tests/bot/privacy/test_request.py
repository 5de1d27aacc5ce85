import pytest
from msgspec.structs import replace

from bot.privacy import texts
from bot.privacy.request import DELETION, notice_of_parking, places_of
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


async def test_who_waits_is_told_that_a_request_has_failed(desk: Desk) -> None:
    await desk.privacy.delete(desk.asker())
    job = await desk.claim(DELETION)
    notice = notice_of_parking(job, "a bug")
    assert notice is not None
    assert (notice.owner_id, notice.payload["content"]) == (job.owner_id, texts.FAILED[DELETION])
    assert notice_of_parking(replace(job, owner_id=0), "a bug") is None
