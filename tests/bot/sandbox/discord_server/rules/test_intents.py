from bot.sandbox.discord_server import Channel, Guild, Message, User
from bot.sandbox.discord_server.rules.intents import hides_content, without_content

ALICE, BOT = User(1, "alice", "Alice"), User(2, "Abi", "Abi", bot=True)
CHANNEL = Channel(4, "general", guild=Guild(3, "Kitchen", ALICE))


def test_content_is_hidden_except_in_dms_in_mentions_and_in_the_bots_own_messages() -> None:
    said = Message(5, CHANNEL, ALICE, 0.0)
    assert hides_content(said, BOT)
    assert not hides_content(Message(5, CHANNEL, ALICE, 0.0, mentions=[BOT]), BOT)
    assert not hides_content(Message(5, CHANNEL, BOT, 0.0), BOT)
    assert not hides_content(Message(5, Channel(6, "dm", kind=1), ALICE, 0.0), BOT)


def test_what_is_hidden_is_empty_and_the_rest_stays() -> None:
    body = {"id": "5", "content": "hi", "embeds": [1], "attachments": [1], "components": [1]}
    hidden = without_content(body)
    assert hidden == {"id": "5", "content": "", "embeds": [], "attachments": [], "components": []}
    assert body["content"] == "hi"
