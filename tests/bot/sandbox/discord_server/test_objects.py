from bot.sandbox.discord_server import Attachment, Channel, Message, User
from bot.sandbox.discord_server.objects import EPHEMERAL, walk

ALICE = User(1, "alice", "Alice")


def test_components_are_found_wherever_they_are_nested() -> None:
    accessory = {"type": 2, "custom_id": "a"}
    section = {"type": 9, "components": [{"type": 10}], "accessory": accessory}
    label = {"type": 18, "component": {"type": 4}}
    found = dict(walk([{"type": 17, "components": [section]}, label]))
    assert found["components", 0, "components", 0, "accessory"] is accessory
    assert found["components", 1, "component"] == {"type": 4}
    assert [part["type"] for part in found.values()] == [17, 9, 10, 2, 18, 4]


def test_the_type_of_a_file_follows_from_its_name() -> None:
    assert Attachment("soup.txt", b"").content_type == "text/plain"
    assert Attachment("soup", b"").content_type == "application/octet-stream"
    assert Attachment("soup.txt", b"", "image/png").content_type == "image/png"


def test_an_ephemeral_message_is_never_the_last_of_a_channel() -> None:
    channel = Channel(2, "general")
    assert channel.last_message_id is None
    channel.messages[3] = Message(3, channel, ALICE, 0.0)
    channel.messages[4] = Message(4, channel, ALICE, 0.0, flags=EPHEMERAL)
    assert channel.last_message_id == 3
