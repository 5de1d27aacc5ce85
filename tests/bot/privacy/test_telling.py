from msgspec.structs import replace

from bot.privacy.request import DELETION, Request, show
from bot.privacy.telling import tell
from tests.bot.privacy.desk import Desk


async def test_who_waits_no_longer_is_told_directly_and_nobody_is_told_if_nobody_waits(
    desk: Desk,
) -> None:
    await desk.privacy.delete(desk.asker())
    running = await desk.claim(DELETION)
    request = Request.of(running)
    await show(desk.room.rest, request, "so far")
    await tell(running, desk.room.rest, replace(request, application_id=0), "nobody waits")
    await tell(running, desk.room.rest, request, "done")
    assert desk.room.told() == ["done"]
    desk.room.alice.blocks_dms = True
    await tell(running, desk.room.rest, request, "done")
    assert desk.room.told() == ["done"]
