import asyncio
import json

import pytest

from bot.privacy.request import EXPORT
from bot.sandbox.discord_server import Message
from bot.sandbox.discord_server.rest.call import Request
from connectors.local_scheduler import ClaimLost, NewJob, Settled
from tests.bot.privacy.desk import Desk


def sent(desk: Desk) -> list[Message]:
    messages = desk.room.discord.messages(desk.room.discord.dm(desk.room.alice))
    return [message for message in messages if message.attachments]


async def test_an_export_holds_all_that_is_stored_and_no_token(desk: Desk) -> None:
    await desk.ask("why is tea hot?", "it was boiled")
    payload = {"text": "tea", "origin": {"token": "secret-token", "guild_id": 2**60}}
    await desk.room.scheduler.add(
        NewJob(kind="reminder", owner_id=desk.room.alice.id, payload=payload)
    )
    await desk.privacy.export(desk.asker())
    assert await desk.export() == Settled(None, {})
    (message,) = sent(desk)
    data, text = (attachment.data.decode() for attachment in message.attachments)
    found = json.loads(data)
    assert found["conversations"][0]["answer"] == "it was boiled"
    (reminder,) = found["answers and reminders"]
    assert reminder["payload"] == {"text": "tea", "origin": {"guild_id": str(2**60)}}
    assert "why is tea hot?" in text
    assert "secret-token" not in data + text


async def test_a_part_that_was_sent_is_not_sent_again_by_whoever_goes_on(desk: Desk) -> None:
    await desk.ask()
    await desk.privacy.export(desk.asker())
    running = await desk.claim(EXPORT)
    await desk.export(running)
    await desk.room.put_off(running)
    assert await desk.export() == Settled(None, {})
    assert len(sent(desk)) == 1


async def test_who_loses_the_claim_while_it_waits_for_the_limit_sends_nothing(desk: Desk) -> None:
    await desk.privacy.export(desk.asker())
    running, limit, waits = await desk.claim(EXPORT), desk.room.rest.global_limit, asyncio.Event()
    limit.on_short, discord = waits.set, desk.room.discord

    def tighten(_request: Request) -> None:
        if len(discord.requests) == 2:  # direct messages are opened, to look there and to send
            limit.share = lambda: 1

    discord.on_request.append(tighten)
    exporting = asyncio.create_task(desk.export(running))
    async with asyncio.timeout(5):
        await waits.wait()
    running.claim.lose()
    limit.share = lambda: 50
    limit.look()
    with pytest.raises(ClaimLost):
        await exporting
    assert sent(desk) == []


async def test_who_takes_no_direct_messages_and_waits_no_longer_gets_none(desk: Desk) -> None:
    desk.room.alice.blocks_dms = True
    await desk.privacy.export(desk.asker())
    assert await desk.export() == Settled(None, {})
    assert sent(desk) == []
