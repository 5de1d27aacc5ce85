import pytest

from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_CHANNELS,
)
from connectors import ApiRequestFailed
from connectors.discord import MessageBody, ThreadKind
from tests.connectors.discord.conftest import Place


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
