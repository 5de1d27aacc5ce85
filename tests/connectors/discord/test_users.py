import pytest

from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from connectors import ApiRequestFailed
from connectors.discord import MessageBody
from tests.connectors.discord.conftest import Place


async def test_users_are_found_by_id_or_as_oneself(place: Place) -> None:
    assert (await place.rest.current_user()).id == str(place.server.bot_user.id)
    alice = await place.rest.user(place.alice.id)
    assert (alice.username, alice.name, alice.bot) == ("alice", "Alice", False)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.user(1)
    assert (raised.value.reason, raised.value.provider_code) == ("not_found", "10013")


async def test_the_application_says_whether_contents_may_be_read(place: Place) -> None:
    assert not (await place.rest.current_application()).may_read_content
    place.server.privileged_intents = MESSAGE_CONTENT
    application = await place.rest.current_application()
    assert application.id == str(place.server.application_id)
    assert application.may_read_content


async def test_the_bot_lists_its_servers_and_leaves_one(place: Place) -> None:
    [own] = await place.rest.current_user_guilds()
    assert (own.id, own.name) == (str(place.guild.id), "Kitchen")
    assert own.permissions > 0
    await place.rest.leave_guild(own.id)
    assert await place.rest.current_user_guilds() == []


async def test_a_direct_message_reaches_the_person(place: Place) -> None:
    channel_id = await place.rest.create_dm(place.alice.id)
    await place.rest.create_message(channel_id, MessageBody("psst"))
    assert [m.content for m in place.server.messages(place.server.dm(place.alice))] == ["psst"]
