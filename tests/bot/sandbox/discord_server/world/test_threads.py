from collections.abc import Callable

import pytest

from bot.sandbox.discord_server import Channel, Guild, Message, User
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.intents import GUILD_MEMBERS, GUILDS
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.threads import PRIVATE_THREAD, PUBLIC_THREAD, Threads
from bot.sandbox.discord_server.world.timeline import Timeline
from bot.sandbox.discord_server.world.world import World
from tests.bot.sandbox.discord_server.conftest import Clock

NAMED = {"name": "soup"}


class Room:
    def __init__(self, clock: Clock) -> None:
        self.world = World(clock)
        self.places = Places(self.world)
        self.guild: Guild = self.places.add_guild("Kitchen")
        self.alice: User = self.places.add_user("alice")
        self.places.add_member(self.guild, self.alice)
        self.channel: Channel = self.places.add_channel(self.guild, "general")
        self.timeline = Timeline(self.world)
        self.threads = Threads(self.world, self.timeline)
        self.events: list[Event] = []
        self.world.feed.dispatch = self.events.append

    def post(self, channel: Channel, content: str = "hi") -> Message:
        return self.timeline.create(channel, self.alice, Draft({"content": content}))

    def heard(self) -> list[str]:
        return [event.name for event in self.events]


@pytest.fixture
def room(clock: Clock) -> Room:
    return Room(clock)


def code_of(refused: pytest.ExceptionInfo[DiscordError]) -> int:
    return refused.value.code


def test_a_thread_at_a_message_has_its_id_and_is_told_with_an_update(room: Room) -> None:
    message = room.post(room.channel)
    thread = room.threads.open_at(message, room.alice, NAMED)
    assert (thread.id, thread.kind, thread.owner) == (message.id, PUBLIC_THREAD, room.alice)
    assert room.heard()[1:] == ["THREAD_CREATE", "MESSAGE_UPDATE", "MESSAGE_CREATE"]
    starter = room.events[-1].data
    assert (starter["type"], starter["content"]) == (21, "")
    assert starter["message_reference"]["message_id"] == str(message.id)
    assert room.events[2].data["edited_timestamp"] is None
    with pytest.raises(DiscordError) as refused:
        room.threads.open_at(message, room.alice, NAMED)
    assert code_of(refused) == 160004


@pytest.mark.parametrize("kind", [2, 11, 13])
def test_voice_stages_and_threads_take_no_threads(room: Room, kind: int) -> None:
    message = room.post(room.channel)
    room.channel.kind = kind
    openings: list[Callable[[], object]] = [
        lambda: room.threads.open_at(message, room.alice, NAMED),
        lambda: room.threads.open(room.channel, room.alice, NAMED, PUBLIC_THREAD),
    ]
    for opening in openings:
        with pytest.raises(DiscordError) as refused:
            opening()
        assert code_of(refused) == 50024


def test_a_thread_in_an_announcement_channel_has_a_type_of_its_own(room: Room) -> None:
    room.channel.kind = 5
    assert room.threads.open_at(room.post(room.channel), room.alice, NAMED).kind == 10


@pytest.mark.parametrize("name", [None, "", " ", "@ #/", "x" * 101])
def test_a_name_is_more_than_signs(room: Room, name: str | None) -> None:
    with pytest.raises(DiscordError) as refused:
        room.threads.open(room.channel, room.alice, {"name": name}, PUBLIC_THREAD)
    assert code_of(refused) == 50035


def test_a_private_thread_is_told_to_the_bot_when_it_is_mentioned_there(room: Room) -> None:
    thread = room.threads.open(room.channel, room.alice, NAMED, PRIVATE_THREAD)
    assert room.events == []
    assert room.channel.messages == {}
    room.post(thread, f"<@{room.world.bot.id}> look")
    heard = [(event.name, event.intent) for event in room.events]
    assert heard[:2] == [("THREAD_CREATE", GUILDS), ("THREAD_MEMBERS_UPDATE", GUILDS)]
    assert room.events[0].data["member"]["user_id"] == str(room.world.bot.id)
    assert "newly_created" not in room.events[0].data
    assert heard[2][0] == "MESSAGE_CREATE"


def test_who_writes_becomes_a_member_and_that_is_told_with_an_intent(room: Room) -> None:
    thread = room.threads.open(room.channel, room.world.bot, NAMED, PUBLIC_THREAD)
    told = room.events[-1].data
    assert (told["type"], told["message_reference"]["channel_id"]) == (18, str(thread.id))
    room.post(thread)
    room.post(thread)
    changes = [event for event in room.events if event.name == "THREAD_MEMBERS_UPDATE"]
    assert [event.intent for event in changes] == [GUILD_MEMBERS]
    assert changes[0].data["added_members"][0]["user_id"] == str(room.alice.id)
    room.threads.leave(thread, room.alice.id)
    assert room.events[-1].data["removed_member_ids"] == [str(room.alice.id)]
    assert room.alice.id not in thread.thread_members


def test_an_archived_thread_is_changed_only_by_opening_it(room: Room) -> None:
    thread = room.threads.open(room.channel, room.alice, NAMED, PUBLIC_THREAD)
    room.threads.edit(thread, {"archived": True})
    acts: list[Callable[[], object]] = [
        lambda: room.threads.edit(thread, {"name": "cake"}),
        lambda: room.threads.join(thread, room.world.bot),
        lambda: room.threads.leave(thread, room.alice.id),
    ]
    for act in acts:
        with pytest.raises(DiscordError) as refused:
            act()
        assert code_of(refused) == 50083
    room.threads.edit(thread, {"archived": False, "name": "cake"})
    assert (thread.name, thread.archived) == ("cake", False)
    renamed = list(thread.messages.values())[-1]
    assert (renamed.kind, renamed.content, renamed.author) == (4, "cake", room.alice)


def test_a_thread_hides_after_one_of_four_times(room: Room) -> None:
    thread = room.threads.open(room.channel, room.alice, NAMED, PUBLIC_THREAD)
    with pytest.raises(DiscordError) as refused:
        room.threads.edit(thread, {"auto_archive_duration": 61})
    assert code_of(refused) == 50035


def test_a_forum_post_is_told_before_its_message_which_has_its_id(room: Room) -> None:
    forum = room.places.add_channel(room.guild, "help", kind=15)
    forum.needs_tag = True
    room.events.clear()
    with pytest.raises(DiscordError) as refused:
        room.threads.post(forum, room.alice, NAMED, Draft({"content": "hi"}))
    assert code_of(refused) == 40067
    tagged = NAMED | {"applied_tags": ["1"]}
    thread = room.threads.post(forum, room.alice, tagged, Draft({"content": "hi"}))
    assert room.heard() == ["THREAD_CREATE", "MESSAGE_CREATE"]
    assert thread.messages[thread.id].content == "hi"


def test_threads_are_told_when_the_bot_comes_to_see_their_channel(room: Room) -> None:
    room.places.set_overwrite(room.channel, room.world.bot, deny=1 << 10)
    thread = room.threads.open(room.channel, room.alice, NAMED, PUBLIC_THREAD)
    assert "THREAD_CREATE" not in room.heard()
    room.places.set_overwrite(room.channel, room.world.bot)
    assert room.heard()[-1] == "THREAD_LIST_SYNC"
    assert [one["id"] for one in room.events[-1].data["threads"]] == [str(thread.id)]
