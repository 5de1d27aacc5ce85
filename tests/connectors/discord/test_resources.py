from typing import Any

import pytest

from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.discord_server.rules.permissions import (
    ADD_REACTIONS,
    MANAGE_CHANNELS,
    MANAGE_MESSAGES,
    MANAGE_ROLES,
    MANAGE_WEBHOOKS,
)
from connectors import ApiRequestFailed
from connectors.discord import MessageBody, ThreadKind
from tests.connectors.discord.conftest import Place

ASK = {"name": "ask", "description": "Ask", "type": 1}


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


async def test_a_server_comes_with_roles_channels_and_counts(place: Place) -> None:
    guild = await place.rest.guild(place.guild.id, with_counts=True)
    assert (guild.name, guild.approximate_member_count) == ("Kitchen", 3)
    roles = await place.rest.roles(place.guild.id)
    assert [role.name for role in roles] == ["@everyone", "Abi"]
    assert await place.rest.role(place.guild.id, roles[0].id) == roles[0] == guild.roles[0]
    [channel] = await place.rest.guild_channels(place.guild.id)
    assert (channel.name, channel.guild_id) == ("general", guild.id)


async def test_members_are_listed_searched_and_given_roles(place: Place) -> None:
    place.allow_bot(MANAGE_ROLES)
    cook = place.server.add_role(place.guild, "Cook")
    members = await place.rest.members(place.guild.id, limit=10)
    assert [m.user.username for m in members if m.user] == ["Abi", "owner", "alice"]
    last = await place.rest.members(place.guild.id, after=place.server.bot_user.id, limit=1)
    assert last == members[1:2]
    await place.rest.add_member_role(place.guild.id, place.alice.id, cook.id)
    [alice] = await place.rest.search_members(place.guild.id, "ali")
    assert alice.roles == (str(cook.id),)
    await place.rest.remove_member_role(place.guild.id, place.alice.id, cook.id)
    assert (await place.rest.member(place.guild.id, place.alice.id)).roles == ()


async def test_a_channel_is_looked_at_typed_in_and_deleted(place: Place) -> None:
    place.allow_bot(MANAGE_CHANNELS)
    channel = await place.rest.channel(place.channel.id)
    assert (channel.type, channel.name, channel.is_thread) == (0, "general", False)
    await place.rest.trigger_typing(channel.id)
    await place.rest.delete_channel(channel.id)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.channel(channel.id)
    assert raised.value.provider_code == "10003"


async def test_threads_begin_with_or_without_a_message_and_are_archived(place: Place) -> None:
    first = await place.rest.create_message(place.channel.id, MessageBody("one"))
    below = await place.rest.create_thread_from_message(
        place.channel.id, first.id, "below", archive_after_min=60
    )
    alone = await place.rest.create_thread(place.channel.id, "alone")
    private = await place.rest.create_thread(place.channel.id, "private", kind=ThreadKind.PRIVATE)
    assert (below.id, below.type, alone.type, private.type) == (first.id, 11, 11, 12)
    archived = await place.rest.archive_thread(alone.id)
    assert archived.thread_metadata is not None
    assert archived.thread_metadata.archived
    assert [t.id for t in await place.rest.archived_threads(place.channel.id)] == [alone.id]
    opened = await place.rest.unarchive_thread(alone.id)
    assert opened.thread_metadata is not None
    assert not opened.thread_metadata.archived
    active = await place.rest.active_threads(place.guild.id)
    assert {thread.name for thread in active} == {"below", "alone", "private"}
    await place.rest.leave_thread(below.id)
    await place.rest.join_thread(below.id)


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


async def test_webhooks_are_used_with_the_bots_token_or_their_own(place: Place) -> None:
    place.allow_bot(MANAGE_WEBHOOKS)
    made = place.server.add_webhook(place.channel, "News")
    webhook = await place.rest.webhook(made.id)
    assert (webhook.name, webhook.token) == ("News", made.token)
    assert made.token not in repr(webhook)
    assert await place.rest.webhook(made.id, token=made.token) == webhook
    message = await place.rest.execute_webhook(made.id, made.token, MessageBody("@everyone"))
    assert (message.content, message.webhook_id) == ("@everyone", webhook.id)
    await place.rest.delete_webhook(made.id, token=made.token)
    other = place.server.add_webhook(place.channel, "Old news")
    await place.rest.delete_webhook(other.id)
    assert place.server.world.webhooks == {}


async def test_the_gateway_says_where_it_is_and_how_many_shards_it_wants(place: Place) -> None:
    place.server.shards = 3
    assert await place.rest.gateway() == place.server.gateway_url
    gateway = await place.rest.gateway_bot()
    assert (gateway.shards, gateway.session_start_limit.total) == (3, 1000)
    assert [region.id for region in await place.rest.voice_regions()] == ["us-east"]


async def test_a_bare_string_is_no_list_of_messages_to_delete(place: Place) -> None:
    bare: Any = "123"
    with pytest.raises(TypeError, match="message_ids takes a sequence"):
        await place.rest.delete_messages(place.channel.id, bare)
