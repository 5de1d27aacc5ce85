import pytest
from msgspec.structs import replace

from bot.answers.surfaces import DirectSurface, whisper
from connectors import ConnectorError
from connectors.discord import MessageBody
from tests.bot.answers.conftest import Stage


async def test_the_first_message_fills_the_deferred_one_and_the_next_follow(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    assert stage.contents() == ["three", "two"]
    assert {path.split()[1] for path in stage.paths} == {"webhooks"}


async def test_from_minute_14_the_same_messages_are_edited_in_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    stage.now = 840.0
    await surface.edit(first, MessageBody("two"))
    await surface.create(MessageBody("three"))
    assert stage.contents() == ["two", "three"]
    assert stage.paths == ["PATCH webhooks", "PATCH channels", "POST channels"]


async def test_a_token_that_died_early_is_noticed_once(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    stage.used.expire()
    await surface.edit(first, MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    assert stage.contents() == ["three"]
    assert stage.paths == ["PATCH webhooks", "PATCH webhooks", "PATCH channels", "PATCH channels"]


async def test_a_private_answer_never_goes_to_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin(private=True))
    await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    assert all(m.ephemeral for m in stage.server.messages(stage.channel, viewer=stage.alice))
    stage.now = 840.0
    with pytest.raises(ConnectorError) as raised:
        await surface.create(MessageBody("three"))
    assert not raised.value.retryable
    assert stage.contents() == ["one", "two"]


async def test_a_whisper_is_heard_by_one_person(stage: Stage) -> None:
    origin = await stage.origin()
    await stage.surface(origin).create(MessageBody("one"))
    await whisper(stage.rest, origin, "psst")
    assert [m.ephemeral for m in stage.server.messages(stage.channel, viewer=stage.alice)] == [
        False,
        True,
    ]


async def test_a_direct_message_is_the_last_place(stage: Stage) -> None:
    surface = DirectSurface(stage.rest, replace(await stage.origin(), private=True))
    message_id = await surface.create(MessageBody("one"))
    await surface.edit(message_id, MessageBody("two"))
    assert stage.contents(stage.server.dm(stage.alice)) == ["two"]


async def test_a_person_who_takes_no_direct_messages_is_an_error(stage: Stage) -> None:
    stage.alice.blocks_dms = True
    surface = DirectSurface(stage.rest, await stage.origin())
    with pytest.raises(ConnectorError) as raised:
        await surface.create(MessageBody("one"))
    assert raised.value.provider_code == "50007"
