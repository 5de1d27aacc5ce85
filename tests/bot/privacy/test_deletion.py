"""Deletion of everything: whole, told once, and never said before it is done."""

from datetime import timedelta

import pytest

from bot.privacy import texts
from bot.privacy.deletion import CLEAN_WITHIN_S
from bot.privacy.request import DELETION
from bot.sandbox.discord_server import Fault
from connectors import ConnectorError
from connectors.local_scheduler import NewJob, Retry, Settled
from tests.bot.privacy.desk import LATE, Busy, Desk

RECEIPT = f"{texts.DELETED}\n- conversations: 1\n- reminders: 1\n{texts.STAYS_ON_DISCORD}"


async def stored(desk: Desk) -> None:
    await desk.ask()
    await remind(desk)


async def remind(desk: Desk) -> None:
    owner_id = desk.room.alice.id
    await desk.room.scheduler.add(
        NewJob(kind="reminder", owner_id=owner_id, payload={"text": "tea"})
    )


async def test_a_deletion_that_is_cut_off_is_finished_and_told_once(desk: Desk) -> None:
    await stored(desk)
    await desk.privacy.delete(desk.asker())
    running = await desk.claim(DELETION)
    # It is shown, but its process does not learn that, and dies.
    lost = Fault("POST", r"/channels/\d+/messages", after_effect=True, drop=True, times=9)
    desk.room.discord.inject(lost)
    with pytest.raises(ConnectorError):
        await desk.delete(running)
    assert (await desk.privacy.count(desk.room.alice.id)).is_empty(is_server=False)
    desk.room.discord.clear_faults()
    (message,) = desk.room.discord.messages(desk.room.discord.dm(desk.room.alice))
    message.nonce = None  # as Discord forgets it
    await desk.room.put_off(running)
    again = await desk.claim(DELETION)
    assert await desk.delete(again) == Settled(None, {})
    assert again.claim.draft_json() == '{"found":null,"stopped":[],"is_told":true}'
    await desk.room.put_off(again)  # it is told, but that is not written
    assert await desk.delete() == Settled(None, {})
    assert desk.room.told() == [RECEIPT]


async def test_it_ends_answers_once_and_waits_for_their_ends(desk: Desk) -> None:
    answer = NewJob(kind="answer", owner_id=desk.room.alice.id, payload={"question": {}})
    job = await desk.room.scheduler.add(answer)
    await desk.privacy.delete(desk.asker())
    running = await desk.claim(DELETION)
    assert isinstance(await desk.delete(running), Retry)
    await desk.room.put_off(running)
    running = await desk.claim(DELETION)
    assert isinstance(await desk.delete(running), Retry)
    assert (desk.stopped, desk.room.told()) == ([job.id], [])
    await desk.room.scheduler.cancel(job.id, owner_id=job.owner_id)
    await desk.room.put_off(running)
    assert await desk.delete() == Settled(None, {})
    assert desk.room.told() == [f"{texts.DELETED}\n- answers: 1\n{texts.STAYS_ON_DISCORD}"]


async def test_files_that_stay_in_use_are_told_of(desk: Desk) -> None:
    await stored(desk)
    desk.data = Busy(desk.room.database, desk.stored.usage)
    await desk.privacy.delete(desk.asker())
    running = await desk.claim(DELETION)
    assert isinstance(await desk.delete(running), Retry)
    assert desk.room.told() == []
    desk.room.now += timedelta(seconds=CLEAN_WITHIN_S + 1)
    await desk.room.put_off(running)
    assert await desk.delete() == Settled(None, {})
    assert desk.room.told() == [f"{RECEIPT}\n{texts.LEFT_TRACES}"]


async def test_what_is_asked_meanwhile_stays(desk: Desk) -> None:
    await desk.privacy.delete(desk.asker())
    await remind(desk)
    assert await desk.delete() == Settled(None, {})
    assert (await desk.privacy.count(desk.room.alice.id)).reminders.number == 1
    assert desk.room.told() == [texts.NOTHING_DELETED]


@pytest.mark.parametrize("is_back", [True, False])
async def test_a_server_that_was_left_keeps_what_it_has_if_it_is_back_in_time(
    desk: Desk, is_back: bool
) -> None:
    guild_id = desk.room.guild.id if is_back else 1234
    await desk.ask(guild_id=guild_id)
    await desk.privacy.server_left(guild_id, LATE, timedelta(days=30))
    assert await desk.room.claims(DELETION) == []
    await desk.room.passes(30 * 86_400)
    assert await desk.delete() == Settled(None, {})
    assert (await desk.privacy.count(guild_id, is_server=True)).turns.number == int(is_back)
    assert desk.room.told() == []
