import pytest

from bot.sandbox.discord_server import Channel, Message, User
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.world.draft import merged, numbered, poll, refuse_empty

ALICE = User(1, "alice", "Alice")
MESSAGE = Message(5, Channel(4, "general"), ALICE, 0.0)


def test_components_without_an_id_get_the_next_free_one() -> None:
    buttons: list[dict[str, int]] = [{"type": 2, "id": 1}, {"type": 2}]
    (row,) = numbered([{"type": 1, "components": buttons}])
    assert [row["id"], *(button["id"] for button in buttons)] == [2, 1, 3]


def test_what_a_select_begins_with_comes_back_as_strings() -> None:
    chosen = [{"id": 1575180445123870722, "type": "channel"}]
    (row,) = numbered([{"type": 1, "components": [{"type": 8, "default_values": chosen}]}])
    (select,) = row["components"]
    assert select["default_values"] == [{"id": "1575180445123870722", "type": "channel"}]


def test_an_edit_is_checked_with_what_it_leaves() -> None:
    said = Message(5, Channel(4, "general"), ALICE, 0.0, content="hi", embeds=[{"title": "a"}])
    result = merged(said, {"embeds": None})
    assert (result["content"], result["embeds"]) == ("hi", [])


def test_the_answers_of_a_poll_are_numbered() -> None:
    asked = {"question": {"text": "Soup?"}, "answers": [{"poll_media": {"text": "Yes"}}]}
    shown = poll({"poll": asked}, 0.0)
    assert shown is not None
    assert shown["answers"][0]["answer_id"] == 1
    assert shown["expiry"].startswith("1970-01-02")
    assert poll({}, 0.0) is None


def test_a_message_says_or_shows_something() -> None:
    with pytest.raises(DiscordError):
        refuse_empty(MESSAGE)
    refuse_empty(Message(5, MESSAGE.channel, ALICE, 0.0, stickers=[{"name": "wave"}]))
