from collections.abc import AsyncIterator

import pytest

from bot.sandbox.discord_server import DiscordServer, Guild
from bot.sandbox.page_view import View, actors


class Room:
    def __init__(self, discord: DiscordServer) -> None:
        self.discord = discord
        self.guild: Guild = discord.add_guild("kitchen")
        self.channel = discord.add_channel(self.guild, "general")
        self.you, self.other = discord.add_user("you"), discord.add_user("other")
        for user in (self.you, self.other):
            discord.add_member(self.guild, user)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with DiscordServer() as discord:
        yield Room(discord)


def test_the_page_may_act_as_everybody_but_the_bot(room: Room) -> None:
    assert actors(room.discord) == [room.guild.owner, room.you, room.other]


async def test_a_person_sees_their_own_direct_messages_only(room: Room) -> None:
    mine, theirs = View(room.discord, room.you), View(room.discord, room.other)
    await room.discord.post(room.you, room.discord.dm(room.you), "between us")
    await room.discord.post(room.you, room.channel, "for all")
    seen = [[m["content"] for m in view.messages()["messages"]] for view in (mine, theirs)]
    assert sorted(seen[0]) == ["between us", "for all"]
    assert seen[1] == ["for all"]


async def test_events_of_messages_that_one_cannot_see_are_left_out(room: Room) -> None:
    view = View(room.discord, room.other)
    for channel, is_shown in ((room.channel, True), (room.discord.dm(room.you), False)):
        message = await room.discord.post(room.you, channel, "hi")
        body = room.discord.core.timeline.page_json(message)
        event = view.shown({"type": "message_create", "message": body})
        assert (event is not None) is is_shown
    assert view.shown({"type": "interaction"}) is None
    assert view.shown({"type": "channel_create"})["type"] == "places"  # type: ignore[index]
