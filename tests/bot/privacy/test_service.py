from bot.privacy.request import DELETION, EXPORT
from bot.storage.holdings import OptOut
from tests.bot.privacy.desk import Desk


async def test_who_presses_twice_deletes_once_and_exports_each_time(desk: Desk) -> None:
    for _ in range(2):
        await desk.privacy.delete(desk.asker())
        await desk.privacy.delete(desk.asker(), server_id=desk.room.guild.id)
        await desk.privacy.export(desk.asker())
    assert len(await desk.room.claims(DELETION)) == 2
    assert len(await desk.room.claims(EXPORT)) == 1


async def test_what_is_stored_and_wanted_is_read(desk: Desk) -> None:
    await desk.ask()
    assert (await desk.privacy.count(desk.room.alice.id)).turns.number == 1
    assert (await desk.privacy.count(desk.room.guild.id, is_server=True)).people == 1
    await desk.privacy.leave_out(desk.room.alice.id, OptOut.DIGESTS, is_out=True)
    assert await desk.privacy.left_out_of(desk.room.alice.id) == {"digests"}
