from typing import Any

import pytest

from bot.sandbox.discord_server.rules.permissions import (
    ADD_REACTIONS,
    MANAGE_MESSAGES,
)
from connectors import InvalidResponse
from connectors.discord import MessageBody, ResponseKind
from connectors.discord.objects import InteractionMetadata
from tests.connectors.discord.conftest import Place


async def test_a_message_is_created_edited_and_found(place: Place) -> None:
    first = await place.rest.create_message(place.channel.id, MessageBody("one"))
    second = await place.rest.create_message(place.channel.id, MessageBody("two"))
    await place.rest.edit_message(place.channel.id, second.id, MessageBody("three"))
    assert place.contents == ["one", "three"]
    found = await place.rest.messages(place.channel.id, after=first.id)
    assert [(m.id, m.content) for m in found] == [(second.id, "three")]


async def test_messages_are_paged_fetched_and_deleted(place: Place) -> None:
    place.allow_bot(MANAGE_MESSAGES)
    made = [
        await place.rest.create_message(place.channel.id, MessageBody(str(n))) for n in range(5)
    ]
    before = await place.rest.messages(place.channel.id, before=made[2].id, limit=1)
    around = await place.rest.messages(place.channel.id, around=made[2].id, limit=3)
    assert [m.content for m in before] == ["1"]
    assert [m.content for m in around] == ["3", "2", "1"]
    assert await place.rest.message(place.channel.id, made[2].id) == made[2]
    await place.rest.delete_message(place.channel.id, made[0].id)
    await place.rest.delete_messages(place.channel.id, [m.id for m in made[1:4]])
    assert place.contents == ["4"]


async def test_a_bare_string_is_no_list_of_messages_to_delete(place: Place) -> None:
    bare: Any = "123"
    with pytest.raises(TypeError, match="message_ids takes a sequence"):
        await place.rest.delete_messages(place.channel.id, bare)


@pytest.mark.parametrize("emoji", ["👍", "party:123", "<a:party:123>"])
async def test_reactions_are_added_listed_and_taken_back(place: Place, emoji: str) -> None:
    place.allow_bot(ADD_REACTIONS | MANAGE_MESSAGES)
    message = await place.rest.create_message(place.channel.id, MessageBody("one"))
    where = (place.channel.id, message.id)
    await place.rest.add_reaction(*where, emoji)
    seen = await place.rest.message(*where)
    assert [(r.count, r.me) for r in seen.reactions] == [(1, True)]
    assert [user.bot for user in await place.rest.reactions(*where, emoji)] == [True]
    await place.rest.remove_reaction(*where, emoji)
    await place.rest.add_reaction(*where, emoji)
    await place.rest.remove_reaction(*where, emoji, user_id=place.server.bot_user.id)
    await place.rest.add_reaction(*where, emoji)
    await place.rest.clear_reactions(*where)
    assert await place.rest.reactions(*where, emoji) == []


async def test_all_messages_after_one_are_read_page_by_page(place: Place) -> None:
    posted = [await place.server.post(place.alice, place.channel, str(n)) for n in range(201)]
    after = place.rest.messages_after(place.channel.id, posted[0].id)
    assert [message.id async for message in after] == [str(m.id) for m in posted[1:]]
    assert [request.path for request in place.server.requests].count(
        f"/channels/{place.channel.id}/messages"
    ) == 3


@pytest.mark.parametrize("number", ["1", "no number"])
async def test_pages_that_do_not_go_on_are_an_error_and_not_read_for_ever(
    place: Place, number: str
) -> None:
    page = [{"id": number, "channel_id": "1"}] * 100
    place.fault("GET", status=200, json=page, times=9)
    with pytest.raises(InvalidResponse):
        async for _ in place.rest.messages_after(place.channel.id, 5):
            pass


async def test_a_follow_up_is_found_in_its_channel_by_its_interaction(place: Place) -> None:
    command = {"name": "ask", "description": "Ask", "type": 1}
    await place.rest.set_commands(place.server.application_id, [command])
    asked = await place.server.slash(place.alice, place.channel, "ask")
    where = (place.server.application_id, asked.token)
    await place.rest.respond(asked.id, asked.token, ResponseKind.MESSAGE, MessageBody("one"))
    first = await place.rest.original(*where)
    made = await place.rest.create_followup(*where, MessageBody("two"))
    await place.rest.create_followup(*where, MessageBody("psst", ephemeral=True))
    await place.rest.create_message(place.channel.id, MessageBody("other"))
    after = place.rest.messages_after(place.channel.id, first.id)
    of_asked = InteractionMetadata(id=str(asked.id))
    found = [m.id async for m in after if m.interaction_metadata == of_asked]
    assert found == [made.id]
