from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.kitchen import Kitchen
from bot.sandbox.page_view import View


async def test_there_are_people_of_every_kind_and_a_channel_to_read() -> None:
    async with DiscordServer() as discord:
        kitchen = Kitchen(discord, lambda _: None)
        await kitchen.tell_story()
        people = View(discord, kitchen.you).places()["people"]
        assert {person["username"]: person["role"] for person in people} == {
            "owner": "owner",
            "mira": "member",
            "tomás": "member",
            "priya": "member",
            "jonas": "member",
            "sam": "muted",
            "you": "moderator",
        }
        assert next(p["roles"] for p in people if p["username"] == "you") == ["Head cook"]
        digest = next(chip for chip in kitchen.chips() if chip["name"] == "digest")
        assert "44" in digest["label"]
        assert digest["channel"] == str(kitchen.channels["planning"].id)
        assert len(discord.messages(kitchen.channels["planning"])) == 44


async def test_there_are_direct_messages_without_the_bot() -> None:
    async with DiscordServer() as discord:
        kitchen = Kitchen(discord, lambda _: None)
        mira = View(discord, kitchen.people["Mira"])
        dms = [c for c in mira.places()["channels"] if c["type"] == 1]
        people = [[user["username"] for user in dm["recipients"]] for dm in dms]
        assert [dm["name"] for dm in dms] == ["You", "Abi"]
        assert people == [["mira", "you"], ["mira", "Abi"]]


async def test_a_bot_without_commands_gets_no_digest() -> None:
    async with DiscordServer() as discord:
        kitchen = Kitchen(discord, lambda _: None)
        await kitchen.add_digest()
        assert not discord.messages(kitchen.channels["planning"])
