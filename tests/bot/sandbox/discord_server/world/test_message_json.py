from bot.sandbox.discord_server import Channel, Guild, Member, Message, User
from bot.sandbox.discord_server.world.message_json import message_event_json, message_json

ALICE, BOT = User(1, "alice", "Alice"), User(2, "Abi", "Abi", bot=True)
GUILD = Guild(3, "Kitchen", ALICE, members={1: Member(ALICE, [], 0.0)})
CHANNEL = Channel(4, "general", guild=GUILD)


def reply_to(target: Message) -> Message:
    return Message(6, CHANNEL, BOT, 0.0, kind=19, content="yes", reference=target)


def test_a_reply_holds_its_target_but_not_the_target_of_that() -> None:
    target = Message(5, CHANNEL, ALICE, 0.0, content="really?")
    body = message_json(reply_to(reply_to(target)), BOT)
    assert body["referenced_message"]["content"] == "yes"
    assert body["referenced_message"]["message_reference"]["message_id"] == "5"
    assert "referenced_message" not in body["referenced_message"]


def test_the_deleted_target_of_a_reply_is_null() -> None:
    target = Message(5, CHANNEL, ALICE, 0.0, deleted=True)
    body = message_json(reply_to(target), BOT)
    assert body["referenced_message"] is None
    assert body["message_reference"] == {
        "type": 0,
        "channel_id": "4",
        "guild_id": "3",
        "message_id": "5",
    }


def test_reactions_say_which_are_the_viewers_own() -> None:
    message = Message(5, CHANNEL, ALICE, 0.0, reactions={"👍": [BOT, ALICE], "soup:9": [ALICE]})
    thumb, soup = message_json(message, BOT)["reactions"]
    assert (thumb["count"], thumb["me"], soup["me"]) == (2, True, False)
    assert soup["emoji"] == {"id": "9", "name": "soup"}


def test_an_event_names_the_guild_and_the_member() -> None:
    body = message_event_json(Message(5, CHANNEL, ALICE, 0.0), BOT)
    assert body["guild_id"] == "3"
    assert "user" not in body["member"]
    assert "member" not in message_event_json(Message(5, CHANNEL, BOT, 0.0), BOT)
