import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from bot.digests.job import Requester
from bot.digests.runner import TRIES
from bot.providers.generate_text import GeneratedText, GenerationFailed
from bot.sandbox.discord_server import Fault
from bot.sandbox.discord_server.rules.permissions import (
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    VIEW_CHANNEL,
)
from bot.storage.rules import Rules
from connectors import ConnectorError
from connectors.discord import ThreadKind
from connectors.local_scheduler import ClaimLost, Parked, Retry, Settled, UnreadablePayload
from tests.bot.digests.digest_room import Room, open_room

BUSY = GenerationFailed("OpenAI is overloaded (503).", "overloaded", may_pass=True)
NO_KEY = GenerationFailed("OpenAI refused the key (401).", "auth")
SUPPRESS_EMBEDS = 1 << 2


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


@pytest.fixture
async def on_database(tmp_path: Path, database_url: str | None) -> AsyncIterator[Room]:
    async with open_room(tmp_path, database_url) as opened:
        yield opened


async def test_what_was_said_is_told_with_links_to_it(room: Room) -> None:
    (said,) = await room.say("the tea is hot")
    await room.set()
    outcome = await room.run()
    (post,) = room.posts()
    link = f"https://discord.com/channels/{room.guild.id}/{room.kitchen.id}/{said.id}"
    heading, body, footer = post.content.split("\n")
    assert heading == f"**Digest of <#{room.kitchen.id}>**"
    assert body == f"Tea is hot ([1]({link}))."
    assert footer.startswith(f"-# [1 message]({link}) by 1 person since <t:")
    assert footer.endswith(" · OpenAI · small")
    assert post.flags & SUPPRESS_EMBEDS
    assert post.pings == set()
    assert isinstance(outcome, Settled)
    assert outcome.message_id == str(post.id)
    assert outcome.payload is not None
    assert outcome.payload["seen"] == said.id


async def test_the_model_is_that_of_the_person_in_the_channel_that_is_read(room: Room) -> None:
    await room.say("tea")
    await room.set()
    await room.run()
    (place,) = room.model.places
    assert (place.user_id, place.channel_id, place.guild_id) == (
        room.alice.id,
        room.kitchen.id,
        room.guild.id,
    )


async def test_it_is_written_in_the_language_of_the_server(room: Room) -> None:
    await room.say("tea")
    room.rules = Rules(language="German")
    await room.set()
    await room.run()
    assert "Write in German" in room.model.instructions[-1]


async def test_the_next_one_begins_where_the_last_one_ended(room: Room) -> None:
    (first,) = await room.say("tea")
    await room.set(seen=first.id)
    await room.say("coffee")
    await room.run()
    assert "coffee" in room.model.prompts[0]
    assert "tea" not in room.model.prompts[0]


async def test_fewer_messages_than_wanted_are_kept_for_the_next_time(room: Room) -> None:
    await room.say("tea", "milk")
    await room.set(minimum=3)
    before = (await room.job()).payload["seen"]
    outcome = await room.run()
    assert isinstance(outcome, Settled)
    assert outcome.payload is not None
    assert outcome.payload["seen"] == before
    assert (room.posts(), room.model.prompts, room.told()) == ([], [], [])


async def test_bots_do_not_count(room: Room) -> None:
    await room.say("tea")
    for text in ("one", "two", "three"):
        await room.discord.post(room.discord.bot_user, room.kitchen, text)
    await room.set(minimum=2)
    await room.run()
    assert room.model.prompts == []


async def test_of_too_many_messages_the_newest_are_told(room: Room) -> None:
    await room.say(*(f"number {n}." for n in range(1050)))
    await room.set()
    await room.run()
    assert "number 1049." in room.model.prompts[0]
    assert "number 50." in room.model.prompts[0]
    assert "number 49." not in room.model.prompts[0]
    assert "only the newest 1,000 messages were read" in room.posts()[0].content


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (VIEW_CHANNEL, "I cannot see"),
        (READ_MESSAGE_HISTORY, "I cannot read"),
    ],
)
async def test_what_the_bot_may_not_read_stops_it(room: Room, right: int, said: str) -> None:
    await room.say("tea")
    await room.set()
    room.discord.set_overwrite(room.kitchen, room.discord.bot_user, deny=right)
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert said in outcome.reason
    assert room.posts() == []


@pytest.mark.parametrize("right", [VIEW_CHANNEL, READ_MESSAGE_HISTORY])
async def test_what_the_person_may_no_longer_read_is_not_told(room: Room, right: int) -> None:
    await room.say("tea")
    await room.set()
    room.discord.set_overwrite(room.kitchen, room.alice, deny=right)
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert f"<@{room.alice.id}> cannot read <#{room.kitchen.id}>" in outcome.reason
    (told,) = room.told()
    assert outcome.reason in told
    assert "`/digest resume`" in told
    assert (room.posts(), room.model.prompts) == ([], [])


async def test_who_may_no_longer_write_where_it_goes_stops_it(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.discord.set_overwrite(room.hall, room.alice, deny=SEND_MESSAGES)
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert "cannot post in" in outcome.reason


async def test_who_no_longer_manages_the_server_stops_it(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.guild.members[room.alice.id].roles.clear()
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert "can no longer manage this server" in outcome.reason


async def test_who_has_left_the_server_stops_it(room: Room) -> None:
    await room.say("tea")
    await room.set()
    del room.guild.members[room.alice.id]
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert "has left the server" in outcome.reason


async def test_a_private_thread_is_not_carried_out(room: Room) -> None:
    made = await room.rest.create_thread(room.kitchen.id, "secret", kind=ThreadKind.PRIVATE)
    await room.set(source=int(made.id))
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert "is a private thread" in outcome.reason


async def test_a_public_thread_has_the_rights_of_its_channel(room: Room) -> None:
    made = await room.rest.create_thread(room.kitchen.id, "talk")
    thread = room.guild.channels[int(made.id)]
    await room.discord.post(room.bob, thread, "tea")
    await room.set(source=thread.id)
    assert isinstance(await room.run(), Settled)
    assert "tea" in room.model.prompts[0]
    room.discord.set_overwrite(room.kitchen, room.alice, deny=VIEW_CHANNEL)
    await room.discord.post(room.bob, thread, "milk")
    await room.due_at(room.now - timedelta(seconds=1))
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert f"cannot read <#{thread.id}>" in outcome.reason


async def test_a_server_that_the_bot_was_taken_out_of_stops_it(room: Room) -> None:
    await room.set()
    await room.rest.leave_guild(room.guild.id)
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert "no longer in this server" in outcome.reason


async def test_a_channel_that_is_gone_stops_it(room: Room) -> None:
    await room.set()
    room.discord.remove_channel(room.hall)
    assert isinstance(await room.run(), Parked)


async def test_without_the_grant_of_contents_nothing_is_invented(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.discord.privileged_intents = 0
    outcome = await room.run()
    assert isinstance(outcome, Parked)
    assert "*Message Content Intent* is off" in outcome.reason
    assert (room.posts(), room.model.prompts, len(room.told())) == ([], [], 1)


async def test_a_model_that_may_recover_is_asked_again_later_and_never_quoted(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.model.answers = [BUSY]
    waits = []
    for _ in range(TRIES - 1):
        running = await room.claim()
        outcome = await room.run(running)
        assert isinstance(outcome, Retry)
        waits.append(outcome.after_s)
        await room.put_off(running)
    assert waits == [30.0, 60.0, 120.0, 240.0]
    assert room.told() == []
    outcome = await room.run()
    assert isinstance(outcome, Settled)
    (told,) = room.told()
    assert (
        "was not posted. OpenAI is overloaded (503). The next one covers these messages too" in told
    )
    assert "`/digest now`" in told
    assert room.posts() == []


async def test_a_model_that_will_not_recover_is_asked_once_and_told_of_once(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.model.answers = [NO_KEY]
    before = (await room.job()).payload["seen"]
    outcome = await room.run()
    assert isinstance(outcome, Settled)
    assert outcome.payload is not None
    assert outcome.payload["seen"] == before
    assert len(room.told()) == 1
    await room.change(payload=outcome.payload)
    await room.due_at(room.now - timedelta(seconds=1))
    await room.run()
    assert len(room.told()) == 1
    assert room.posts() == []


async def test_a_trouble_that_is_over_is_forgotten(room: Room) -> None:
    await room.say("tea")
    await room.set(trouble="OpenAI refused the key (401).")
    outcome = await room.run()
    assert isinstance(outcome, Settled)
    assert outcome.payload is not None
    assert "trouble" not in outcome.payload


async def test_a_model_that_takes_less_is_given_less(room: Room) -> None:
    await room.say(*("x" * 1900 for _ in range(40)))
    await room.set()
    room.model.answers = [
        GenerationFailed("This is more text than it can read.", "context_length"),
        GeneratedText("Much x [1].", "Small"),
    ]
    await room.run()
    first, second = map(len, room.model.prompts)
    assert 50_000 < first < 61_000
    assert second < 21_000
    assert "only the newest 10 of 40 messages fit" in room.posts()[0].content


async def test_an_answer_that_was_cut_says_so(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.model.answers = [GeneratedText("Tea [1] and", "Small", is_cut=True)]
    await room.run()
    assert room.posts()[0].content.endswith(
        "the model reached its length limit, so the end is missing"
    )


@pytest.mark.parametrize(
    ("when", "late", "comes"),
    [
        ("every day at 18:00", timedelta(hours=5), True),
        ("every day at 18:00", timedelta(hours=7), False),
        ("every 2 hours", timedelta(minutes=50), True),
        ("every 2 hours", timedelta(minutes=70), False),
    ],
)
async def test_one_that_is_too_late_is_left_to_the_next(
    room: Room, when: str, late: timedelta, comes: bool
) -> None:
    await room.say("tea")
    await room.set(when=when)
    # The anchor of the rule goes along, so that the time it is late for is the newest one.
    due = room.now - late
    wall_time = due.replace(tzinfo=None).isoformat()
    await room.change(next_run=due, zone="UTC", wall_time=wall_time)
    assert isinstance(await room.run(), Settled)
    assert bool(room.posts()) is comes
    assert ["I was offline when it was due." in told for told in room.told()] == [True] * (
        not comes
    )


async def test_discord_is_asked_again_until_it_is_too_late(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.discord.inject(Fault("GET", r"/channels/.*/messages", times=1000, status=500))
    running = replace(await room.claim(), failures=1000)
    with pytest.raises(ConnectorError):
        await room.run(running)
    room.now += timedelta(hours=7)
    assert isinstance(await room.run(running), Settled)
    assert "Discord did not accept my requests." in room.told()[0]


async def test_who_waits_is_told_soon_that_discord_refuses(room: Room) -> None:
    await room.say("tea")
    asked = Requester(room.discord.application_id, "a-token-that-has-ended", room.bob.id)
    await room.set(asked=asdict(asked))
    room.discord.inject(Fault("GET", r"/channels/.*/messages", times=1000, status=500))
    running = await room.claim()
    with pytest.raises(ConnectorError):
        await room.run(running)
    assert isinstance(await room.run(replace(running, failures=2)), Settled)
    for person in (room.bob, room.alice):
        assert "Discord did not accept my requests." in room.told(person)[0]


async def test_what_is_half_posted_is_finished_however_late(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.model.answers = [
        GeneratedText("\n\n".join(f"Point {n} [1]. " * 10 for n in range(4)), "Small")
    ]
    await die_before_the_second(room)
    room.discord.inject(Fault("POST", r"/channels/.*", times=1000, status=500))
    running = await room.claim("two")
    room.now += timedelta(days=1)
    with pytest.raises(ConnectorError):
        await room.run(running)
    room.discord.clear_faults()
    assert isinstance(await room.run(running), Settled)


async def test_a_refused_token_is_waited_for(room: Room) -> None:
    await room.set()
    running = await room.claim()
    running = replace(running, failures=1000)
    room.discord.inject(Fault("GET", times=1, status=401))
    with pytest.raises(ConnectorError):
        await room.run(running)


async def test_killed_while_the_model_writes_it_is_written_anew(on_database: Room) -> None:
    room = on_database
    await room.say("tea")
    await room.set()
    room.model.gate = asyncio.Event()
    await room.die(await room.claim(), once=lambda: room.model.prompts)
    room.model.gate.set()
    assert isinstance(await room.run(await room.claim("two")), Settled)
    assert len(room.posts()) == 1


async def test_killed_with_the_text_kept_it_is_posted_and_not_paid_again(on_database: Room) -> None:
    room = on_database
    await room.say("tea")
    await room.set()
    fault = room.discord.inject(
        Fault("POST", rf"/channels/{room.hall.id}/messages", times=9, drop=True)
    )
    await room.die(await room.claim(), once=lambda: fault.seen)
    assert room.posts() == []
    outcome = await room.run(await room.claim("two"))
    assert isinstance(outcome, Settled)
    assert (len(room.posts()), len(room.model.prompts)) == (1, 1)


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_killed_with_the_post_made_it_is_not_made_again(
    on_database: Room, is_forgotten: bool
) -> None:
    room = on_database
    await room.say("tea")
    await room.set()
    lost = Fault("POST", rf"/channels/{room.hall.id}/messages", after_effect=True, drop=True)
    room.discord.inject(lost)
    await room.die(await room.claim(), once=room.posts)
    if is_forgotten:  # the whole bot was off for an hour
        await room.passes(3600)
        room.posts()[0].nonce = None
    outcome = await room.run(await room.claim("two"))
    assert isinstance(outcome, Settled)
    assert outcome.message_id == str(room.posts()[0].id)
    assert (len(room.posts()), len(room.model.prompts)) == (1, 1)


async def test_killed_between_two_messages_only_the_second_follows(on_database: Room) -> None:
    room = on_database
    await room.say("tea")
    await room.set()
    room.model.answers = [
        GeneratedText("\n\n".join(f"Point {n} [1]. " * 10 for n in range(4)), "Small")
    ]
    await room.die(await room.claim(), once=lambda: len(room.posts()) == 1)
    room.posts()[0].nonce = None
    await room.passes(3600)
    assert isinstance(await room.run(await room.claim("two")), Settled)
    contents = [post.content for post in room.posts()]
    assert len(contents) == len(set(contents)) == 3
    assert contents[0].startswith("**Digest of ")
    assert contents[-1].endswith("Small · cut here, because it was too long")
    assert len(room.model.prompts) == 1


async def die_before_the_second(room: Room) -> None:
    """Be killed with the first message posted and known to be."""
    second = Fault("POST", rf"/channels/{room.hall.id}/messages", times=9, drop=True)

    def is_reached() -> bool:
        if room.posts() and not second.seen:
            room.discord.inject(second)
        return bool(second.seen)

    await room.die(await room.claim(), once=is_reached)


async def test_what_is_known_to_be_posted_is_not_looked_for(room: Room) -> None:
    await room.say("tea")
    await room.set()
    room.model.answers = [
        GeneratedText("\n\n".join(f"Point {n} [1]. " * 10 for n in range(4)), "Small")
    ]
    await die_before_the_second(room)
    room.discord.set_overwrite(room.hall, room.discord.bot_user, deny=READ_MESSAGE_HISTORY)
    room.posts()[0].nonce = None
    await room.passes(3600)
    assert isinstance(await room.run(await room.claim("two")), Settled)
    assert len(room.posts()) == 3


async def test_a_kept_text_is_not_posted_by_who_lost_the_claim_meanwhile(room: Room) -> None:
    await room.say("tea")
    await room.set()
    fault = Fault("POST", rf"/channels/{room.hall.id}/messages", times=9, drop=True)
    room.discord.inject(fault)
    await room.die(await room.claim(), once=lambda: fault.seen)
    running = await room.claim("two")
    running.claim.lose()
    with pytest.raises(ClaimLost):
        await room.run(running)
    assert room.posts() == []


async def test_a_text_that_is_kept_is_posted_however_late_it_is(room: Room) -> None:
    await room.say("tea")
    await room.set()
    fault = room.discord.inject(
        Fault("POST", rf"/channels/{room.hall.id}/messages", times=9, drop=True)
    )
    await room.die(await room.claim(), once=lambda: fault.seen)
    room.now += timedelta(hours=10)
    await room.run(await room.claim("two"))
    assert len(room.posts()) == 1


async def test_nothing_is_posted_without_the_claim(room: Room) -> None:
    await room.say("tea")
    await room.set()
    running = await room.claim()
    await room.passes(60)
    await room.claim("two")
    with pytest.raises(ClaimLost):
        await room.run(running)
    assert room.posts() == []


async def test_a_post_that_was_deleted_meanwhile_was_made(room: Room) -> None:
    await room.say("tea")
    await room.set()
    unknown = {"code": 10008, "message": "Unknown Message"}
    room.discord.inject(Fault("POST", r"/channels/.*", status=404, json=unknown))
    outcome = await room.run()
    assert isinstance(outcome, Settled)
    assert outcome.message_id is None


@pytest.mark.parametrize("code", [200000, 240000, 50035])
async def test_a_text_that_is_refused_is_posted_as_a_file(room: Room, code: int) -> None:
    await room.say("tea")
    await room.set()
    room.discord.refuse_word("tea", code)
    room.model.answers = [GeneratedText("They talked about tea.", "a model")]
    assert isinstance(await room.run(), Settled)
    (post,) = room.posts()
    assert post.content == (
        f"**Digest of <#{room.kitchen.id}>**, part 1\n"
        "-# Discord refuses to show the text, so it is in this file."
    )
    assert b"about tea" in post.attachments[0].data


async def test_who_asked_too_long_ago_is_answered_in_a_direct_message(room: Room) -> None:
    asked = Requester(room.discord.application_id, "a-token-that-has-ended", room.bob.id)
    await room.say("tea")
    await room.set(minimum=50, asked=asdict(asked))
    await room.run()
    (post,) = room.posts()
    (told,) = room.told(room.bob)
    assert told.endswith(f"/{room.hall.id}/{post.id}")
    assert room.told() == []


async def test_who_asked_and_who_set_it_both_hear_of_a_trouble(room: Room) -> None:
    asked = Requester(room.discord.application_id, "a-token-that-has-ended", room.bob.id)
    await room.say("tea")
    await room.set(asked=asdict(asked))
    room.model.answers = [BUSY]
    outcome = await room.run()
    assert isinstance(outcome, Settled)
    assert outcome.payload is not None
    assert "asked" not in outcome.payload
    assert room.told(room.bob) == room.told()
    assert "OpenAI is overloaded (503)." in room.told()[0]


@pytest.mark.parametrize("facts", [{"payload": {"source": 1}}, {"channel_id": None}])
async def test_a_row_that_cannot_be_read_is_no_digest(room: Room, facts: dict[str, Any]) -> None:
    await room.say("tea")
    await room.set()
    await room.change(**facts)
    with pytest.raises(UnreadablePayload):
        await room.run()
    assert (room.posts(), room.model.prompts, room.told()) == ([], [], [])


async def test_who_wants_to_be_left_out_is_in_no_digest(room: Room) -> None:
    await room.say("my secret")
    await room.discord.post(room.alice, room.kitchen, "the tea is hot")
    room.left_out = {room.bob.id}
    await room.set()
    assert isinstance(await room.run(), Settled)
    (prompt,) = room.model.prompts
    assert "the tea is hot" in prompt
    assert "secret" not in prompt
    assert "1 person" in room.posts()[0].content


async def test_a_finished_text_is_written_anew_for_who_wants_to_be_left_out_by_now(
    room: Room,
) -> None:
    await room.say("my secret")
    await room.discord.post(room.alice, room.kitchen, "the tea is hot")
    await room.set()
    room.discord.inject(Fault("POST", r"/channels/.*/messages", times=1000, status=500))
    running = await room.claim()
    with pytest.raises(ConnectorError):
        await room.run(running)
    room.discord.clear_faults()
    room.left_out = {room.bob.id}
    await room.put_off(running)
    assert isinstance(await room.run(), Settled)
    first, second = room.model.prompts
    assert "secret" in first
    assert "secret" not in second
    assert len(room.posts()) == 1
