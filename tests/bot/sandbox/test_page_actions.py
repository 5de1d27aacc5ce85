import base64
from typing import Any

import pytest

from bot.sandbox.discord_server import Channel, DiscordServer, Interaction, User
from bot.sandbox.discord_server.rules.permissions import MANAGE_MESSAGES
from bot.sandbox.page_actions import Person, snowflake
from bot.sandbox.page_requests import (
    CloseThread,
    Context,
    Delete,
    Dismiss,
    Edit,
    File,
    Forward,
    NewThread,
    Post,
    React,
    Select,
    Slash,
)
from tests.sandbox import plain_client

COMMANDS: list[dict[str, Any]] = [
    {
        "name": "read",
        "description": "Read",
        "options": [
            {"type": 11, "name": "file", "description": "A file"},
            {"type": 7, "name": "where", "description": "A channel"},
        ],
    }
]


class Room:
    def __init__(self, discord: DiscordServer) -> None:
        self.discord = discord
        self.guild = discord.add_guild("kitchen")
        self.channel: Channel = discord.add_channel(self.guild, "general")
        self.you: User = discord.add_user("you")
        discord.add_member(self.guild, self.you)
        self.person = Person(discord, self.you)

    async def slash(self, **asked: Any) -> Interaction:
        """Run /read; no bot answers it, and that is not waited for."""
        await self.person.slash(Slash(channel=str(self.channel.id), name="read", **asked))
        return list(self.discord.core.interactions.by_id.values())[-1]


@pytest.fixture
async def room() -> Any:
    async with DiscordServer(response_deadline_s=0.01) as discord, plain_client() as client:
        await client.put(
            f"{discord.api_url}/applications/{discord.application_id}/commands",
            json=COMMANDS,
            headers={"Authorization": f"Bot {discord.token}"},
        )
        yield Room(discord)


async def test_a_file_of_the_page_is_uploaded(room: Room) -> None:
    file = File("soup.txt", "text/plain", base64.b64encode(b"hot").decode())
    begun = await room.slash(files={"file": file})
    (sent,) = begun.data["resolved"]["attachments"].values()
    assert (sent["filename"], sent["size"]) == ("soup.txt", 3)


async def test_a_channel_of_an_option_is_found_by_its_id(room: Room) -> None:
    begun = await room.slash(options={"where": str(room.channel.id)})
    assert begun.data["options"][0]["value"] == str(room.channel.id)
    with pytest.raises(LookupError, match="no longer exists"):
        await room.slash(options={"where": "1"})


async def test_the_page_acts_only_in_channels_that_its_user_sees(room: Room) -> None:
    room.discord.set_overwrite(room.channel, room.you, deny=1 << 10)
    with pytest.raises(LookupError, match="This channel no longer exists"):
        await room.person.post(Post(channel=str(room.channel.id), content="hi"))


async def test_users_of_a_select_are_found_by_their_ids(room: Room) -> None:
    message = await room.discord.post(room.you, room.channel, "who?")
    select = {"type": 5, "custom_id": "who", "id": 1}
    message.components = [{"type": 1, "id": 2, "components": [select]}]
    asked = Select(message=str(message.id), custom_id="who", values=[str(room.you.id)])
    assert await room.person.select(asked) == {"error": "This interaction failed"}
    begun = list(room.discord.core.interactions.by_id.values())[-1]
    assert list(begun.data["resolved"]["users"]) == [str(room.you.id)]


async def test_a_message_that_is_gone_has_no_menu(room: Room) -> None:
    with pytest.raises(LookupError, match="This message no longer exists"):
        await room.person.context(Context(message="1", name="About this"))


async def test_a_dismissed_message_is_remembered(room: Room) -> None:
    await room.person.dismiss(Dismiss(message="1"))
    assert room.person.dismissed == {"1"}


@pytest.mark.parametrize("text", ["", "x", "-1", "9" * 20, "\u0661"])
def test_what_is_no_id_is_0(text: str) -> None:
    assert snowflake(text) == 0


async def test_a_reply_with_files_keeps_its_ping_to_itself(room: Room) -> None:
    bob = room.discord.add_user("bob")
    room.discord.add_member(room.guild, bob)
    said = await room.discord.post(bob, room.channel, "soup?")
    file = File("soup.txt", "text/plain", base64.b64encode(b"hot").decode())
    asked = Post(channel=str(room.channel.id), reply_to=str(said.id), ping=False, files=[file])
    await room.person.post(asked)
    reply = room.discord.messages(room.channel)[-1]
    assert (reply.kind, reply.reference, reply.mentions) == (19, said, [])
    assert [file.data for file in reply.attachments] == [b"hot"]


async def test_one_changes_and_deletes_only_what_one_wrote(room: Room) -> None:
    said = await room.discord.post(room.discord.world.owner, room.channel, "soup?")
    with pytest.raises(LookupError):
        await room.person.edit(Edit(message=str(said.id), content="cake?"))
    with pytest.raises(LookupError, match="only your own"):
        await room.person.delete(Delete(message=str(said.id)))
    own = await room.discord.post(room.you, room.channel, "yes")
    await room.person.edit(Edit(message=str(own.id), content="no"))
    assert (own.content, own.edits) == ("no", 1)
    await room.person.delete(Delete(message=str(own.id)))
    assert own.deleted


async def test_threads_are_opened_and_closed_and_messages_forwarded(room: Room) -> None:
    said = await room.discord.post(room.you, room.channel, "soup?")
    where = str(room.channel.id)
    at_message = await room.person.thread(NewThread(where, "soup", message=str(said.id)))
    assert at_message == {"thread": str(said.id)}
    alone = await room.person.thread(NewThread(where, "cake"))
    thread = room.discord.world.channels[int(alone["thread"])]
    await room.person.forward(Forward(message=str(said.id), channel=str(thread.id)))
    assert room.discord.messages(thread)[-1].snapshots[0]["content"] == "soup?"
    await room.person.close(CloseThread(channel=str(thread.id)))
    assert thread.archived


async def test_a_moderator_deletes_what_others_wrote(room: Room) -> None:
    said = await room.discord.post(room.discord.world.owner, room.channel, "soup?")
    room.discord.set_overwrite(room.channel, room.you, allow=MANAGE_MESSAGES)
    await room.person.delete(Delete(message=str(said.id)))
    assert said.deleted


async def test_a_reaction_is_added_and_taken_back(room: Room) -> None:
    said = await room.discord.post(room.discord.world.owner, room.channel, "soup?")
    await room.person.react(React(message=str(said.id), emoji="👍", on=True))
    shown = room.discord.core.timeline.page_json(said)
    assert shown["reactors"] == {"👍": [str(room.you.id)]}
    await room.person.react(React(message=str(said.id), emoji="👍", on=False))
    assert said.reactions == {}
