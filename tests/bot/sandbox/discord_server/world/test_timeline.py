from dataclasses import dataclass

import pytest

from bot.sandbox.discord_server import Attachment, Channel, Message, User
from bot.sandbox.discord_server.objects import EPHEMERAL
from bot.sandbox.discord_server.rules import intents
from bot.sandbox.discord_server.rules.checks import FILE_LIMIT
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.timeline import Timeline
from bot.sandbox.discord_server.world.world import World
from tests.bot.sandbox.discord_server.conftest import Clock


@dataclass
class Room:
    timeline: Timeline
    channel: Channel
    alice: User
    events: list[Event]

    def post(self, content: str, **fields: object) -> Message:
        draft = Draft({"content": content, **fields})
        return self.timeline.create(self.channel, self.alice, draft)

    def heard(self) -> list[str]:
        return [event.name for event in self.events]


@pytest.fixture
def room(clock: Clock) -> Room:
    world = World(clock)
    places = Places(world)
    guild = places.add_guild("Kitchen")
    alice = places.add_user("alice")
    places.add_member(guild, alice)
    channel = places.add_channel(guild, "general")
    events: list[Event] = []
    world.feed.dispatch = events.append
    return Room(Timeline(world), channel, alice, events)


def test_an_edit_is_counted_dated_and_kept_in_the_history(room: Room, clock: Clock) -> None:
    message = room.post("hello")
    clock.now += 5
    room.timeline.edit(message, Draft({"content": "goodbye"}))
    assert (message.content, message.edits, message.edited) == ("goodbye", 1, clock.now)
    assert [text for _, text in message.revisions] == ["hello", "goodbye"]
    assert room.heard() == ["MESSAGE_CREATE", "MESSAGE_UPDATE"]


def test_an_edit_leaves_what_it_does_not_name(room: Room) -> None:
    message = room.post("hello", embeds=[{"title": "soup"}])
    room.timeline.edit(message, Draft({"content": None}))
    assert message.content == ""
    assert message.embeds == [{"type": "rich", "title": "soup"}]


def test_an_edit_that_leaves_nothing_is_50006(room: Room) -> None:
    with pytest.raises(DiscordError, match="50006"):
        room.timeline.edit(room.post("hello"), Draft({"content": ""}))


def test_the_message_that_fills_a_deferred_answer_is_no_edit(room: Room) -> None:
    message = room.timeline.create_loading(room.channel, Draft({}))
    room.timeline.edit(message, Draft({"content": "hello"}))
    assert not message.loading
    assert (message.edits, message.edited) == (0, None)


def test_the_bot_hears_of_ephemeral_messages_directly_and_without_their_guild(
    room: Room,
) -> None:
    message = room.post("psst", flags=EPHEMERAL)
    room.timeline.delete([message])
    assert message.deleted
    assert room.heard() == ["MESSAGE_CREATE", "MESSAGE_DELETE"]
    for event in room.events:
        assert (event.intent, event.guild_id) == (intents.DIRECT_MESSAGES, None)
        assert "guild_id" not in event.data
    assert "member" not in room.events[0].data


def test_several_deletions_are_one_event(room: Room) -> None:
    messages = [room.post("one"), room.post("two")]
    room.timeline.delete(messages)
    assert room.heard()[-1] == "MESSAGE_DELETE_BULK"
    assert room.events[-1].data["ids"] == [str(message.id) for message in messages]
    assert room.channel.messages == {}


def test_a_message_reopens_an_archived_thread(room: Room, clock: Clock) -> None:
    room.channel.kind, room.channel.archived = 11, True
    room.post("still there?")
    assert (room.channel.archived, room.channel.changed_at) == (False, clock.now)
    assert room.heard() == ["THREAD_UPDATE", "MESSAGE_CREATE"]


def test_a_reaction_counts_once_for_each_user(room: Room) -> None:
    message = room.post("hello")
    for added in (True, True, False, False):
        room.timeline.react(message, room.alice, "👍", added=added)
    assert message.reactions == {}
    assert room.heard()[1:] == ["MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"]


@pytest.mark.parametrize("is_dm", [False, True])
def test_events_of_guilds_and_of_dms_need_intents_of_their_own(room: Room, is_dm: bool) -> None:
    if is_dm:
        room.channel = Channel(1, "alice", kind=1, recipients=[room.alice])
    message = room.post("hello")
    room.timeline.react(message, room.alice, "👍", added=True)
    created, reacted = room.events
    assert created.intent == (intents.DIRECT_MESSAGES if is_dm else intents.GUILD_MESSAGES)
    assert reacted.intent == (intents.DIRECT_REACTIONS if is_dm else intents.GUILD_REACTIONS)
    assert ("guild_id" in reacted.data) is not is_dm


def test_a_refused_word_is_refused_in_messages_and_edits(room: Room) -> None:
    message = room.post("hello")
    room.timeline.refused_words["spam"] = DiscordError(240000)
    with pytest.raises(DiscordError, match="240000"):
        room.post("some spam")
    with pytest.raises(DiscordError, match="240000"):
        room.timeline.edit(message, Draft({"content": "spam"}))
    assert message.content == "hello"


def test_a_file_over_the_limit_is_40005(room: Room) -> None:
    file = Attachment("big", b"x" * (FILE_LIMIT + 1))
    with pytest.raises(DiscordError, match="40005"):
        room.timeline.create(room.channel, room.alice, Draft({}, [file]))


def test_an_edit_keeps_only_the_files_it_names(room: Room) -> None:
    files = [Attachment("a.txt", b"a"), Attachment("b.txt", b"b")]
    message = room.timeline.create(room.channel, room.alice, Draft({}, files))
    kept = {"attachments": [{"id": str(files[1].id)}]}
    room.timeline.edit(message, Draft(kept))
    assert message.attachments == [files[1]]
