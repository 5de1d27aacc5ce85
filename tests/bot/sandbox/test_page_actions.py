import base64
from typing import Any

import httpx
import pytest

from bot.sandbox.discord_server import Channel, DiscordServer, Interaction, User
from bot.sandbox.page_actions import Context, Dismiss, File, Person, Post, Select, Slash, snowflake

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
    async with DiscordServer(response_deadline_s=0.01) as discord, httpx.AsyncClient() as client:
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
