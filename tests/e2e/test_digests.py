"""Digests through the whole bot, by slash commands."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.discord_server import Channel, Fault, Interaction, Message, User
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_GUILD,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
)
from bot.sandbox.model_server import Reply
from bot.schedules.texts import NOT_LASTING
from bot.settings import Settings
from connectors.local_scheduler import Job, State
from tests.e2e.test_reminders import in_berlin, seen
from tests.e2e.world import World
from tests.rows import each

REFUSAL = (
    b'data: {"choices": [{"delta": {"refusal": "I will not."}, "finish_reason": null}]}\n\n'
    b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
)
DAILY = "every day at 18:00"
SAID = ("the oven is broken", "who calls the plumber?", "I do")


@pytest.fixture
async def kitchen(world: World) -> World:
    return await furnished(world)


@pytest.fixture
async def on_database(database_url: str | None) -> AsyncIterator[World]:
    world = World()
    world.settings = replace(world.settings, database_url=database_url)
    async with world:
        yield await furnished(world)


async def furnished(world: World) -> World:
    """Give Alice the server to manage and the bot the intent to read, and post as Bob."""
    world.discord.privileged_intents = MESSAGE_CONTENT
    manager = world.discord.add_role(world.guild, "Manager", permissions=MANAGE_GUILD)
    world.guild.members[world.alice.id].roles.append(manager)
    world.openai.open_reply = Reply(chunks=["The oven is broken [1], ", "Bob calls [3]."])
    for text in SAID:
        await world.discord.post(world.bob, world.channel, text)
    return world


async def digest(
    world: World, command: str, *, user: User | None = None, **options: Any
) -> Message:
    """Run /digest and return what it answers."""
    return await seen(world, await begin(world, command, user=user, **options))


async def begin(
    world: World, command: str, *, user: User | None = None, **options: Any
) -> Interaction:
    return await world.discord.slash(
        user or world.alice, world.channel, f"digest {command}", options
    )


async def add(world: World, when: str = "every 6 hours", **options: Any) -> Message:
    return await digest(world, "add", channel=world.channel, when=when, minimum=1, **options)


async def kept(world: World) -> Job:
    (job,) = await world.bot.services.digests.of(world.guild.id)
    return job


async def until_kept(world: World, state: State) -> Job:
    async with asyncio.timeout(10.0):
        while (job := await kept(world)).state is not state:
            pass
    return job


async def come_due(world: World) -> None:
    job = await kept(world)
    due = datetime.now(UTC) - timedelta(seconds=1)
    await world.bot.services.scheduler.change(job.id, owner_id=job.owner_id, next_run=due)


def posts(world: World, channel: Channel | None = None) -> list[Message]:
    shown = world.discord.messages(channel or world.channel)
    return [m for m in shown if m.content.startswith("**Digest of ")]


async def test_a_digest_comes_at_its_time_on_either_database(on_database: World) -> None:
    world = on_database
    await in_berlin(world)
    hall = world.discord.add_channel(world.guild, "hall")
    said = await add(world, DAILY, to=hall)
    at = int((await kept(world)).next_run.timestamp())
    assert said.content == (
        f"Got it: a digest of <#{world.channel.id}> in <#{hall.id}>, every day at 18:00 "
        f"(first: <t:{at}:F>, <t:{at}:R>), skipped if nothing is new.\n"
        "-# `/digest now` posts one at once."
    )
    await come_due(world)
    await world.discord.until(lambda: posts(world, hall), why="the digest")
    (post,) = posts(world, hall)
    first = world.discord.messages(world.channel)[0]
    link = f"https://discord.com/channels/{world.guild.id}/{world.channel.id}/{first.id}"
    assert f"The oven is broken ([1]({link}))" in post.content
    assert post.pings == set()
    asked = world.openai.requests[0]["messages"]
    assert [message["role"] for message in asked] == ["system", "user"]
    assert "bob, " in asked[1]["content"]
    async with asyncio.timeout(10.0):
        while (await kept(world)).next_run < datetime.now(UTC):
            pass
    assert (await kept(world)).payload["seen"] >= first.id


async def test_the_list_counts_one_message_in_the_singular(kitchen: World) -> None:
    await add(kitchen)
    assert "· at least 1 new message ·" in (await digest(kitchen, "list")).content


async def test_now_posts_at_once_and_leads_to_the_post_and_not_twice_to_the_same(
    kitchen: World,
) -> None:
    await add(kitchen)
    said = await digest(kitchen, "now")
    (post,) = posts(kitchen)
    assert said.content == (
        f"Posted: https://discord.com/channels/{kitchen.guild.id}/{kitchen.channel.id}/{post.id}"
    )
    await until_kept(kitchen, State.ACTIVE)
    again = await digest(kitchen, "now", digest=(await kept(kitchen)).id)
    assert again.content == f"There is nothing new in <#{kitchen.channel.id}>, so I posted nothing."
    await until_kept(kitchen, State.ACTIVE)
    await come_due(kitchen)
    async with asyncio.timeout(10.0):
        while (await kept(kitchen)).next_run < datetime.now(UTC):
            pass
    assert (len(posts(kitchen)), len(kitchen.openai.requests)) == (1, 1)


async def test_now_says_what_went_wrong_and_the_schedule_goes_on(kitchen: World) -> None:
    await add(kitchen)
    kitchen.openai.open_reply = Reply(status=401)
    said = await digest(kitchen, "now")
    assert (
        "was not posted. OpenAI refused the key (401). The next one covers these messages too"
        in said.content
    )
    assert posts(kitchen) == []
    assert kitchen.discord.messages(kitchen.discord.dm(kitchen.alice)) == []
    job = await until_kept(kitchen, State.ACTIVE)
    assert job.next_run > datetime.now(UTC)
    listed = await digest(kitchen, "list")
    assert "⚠️ last time: OpenAI refused the key (401)." in listed.content


@pytest.mark.parametrize(
    "reply",
    [
        Reply(chunks=[]),
        Reply(chunks=["I will"], finish_reason="content_filter"),
        Reply(chunks=["I will"], end="error"),
        Reply(body=REFUSAL, headers={"content-type": "text/event-stream"}),
    ],
    ids=["empty", "filtered", "broken", "refused"],
)
async def test_what_is_no_answer_is_never_posted(kitchen: World, reply: Reply) -> None:
    await add(kitchen)
    kitchen.openai.open_reply = reply
    said = await digest(kitchen, "now")
    assert "was not posted." in said.content
    assert posts(kitchen) == []


async def test_another_provider_writes_it_where_the_choice_was_the_bots(
    two_providers: World,
) -> None:
    world = await furnished(two_providers)
    await add(world)
    world.openai.open_reply = Reply(status=401)
    await digest(world, "now")
    (post,) = posts(world)
    assert " · Mistral · " in post.content


async def test_a_provider_that_was_chosen_is_not_replaced(two_providers: World) -> None:
    world = await furnished(two_providers)
    chosen = await world.discord.slash(world.alice, world.channel, "model", {"provider": "openai"})
    await seen(world, chosen)
    await add(world)
    world.openai.open_reply = Reply(status=401)
    assert "OpenAI refused the key (401)." in (await digest(world, "now")).content
    assert (posts(world), world.mistral.requests) == ([], [])


async def test_the_last_word_stands_also_where_the_answer_to_the_post_is_lost(
    kitchen: World,
) -> None:
    await add(kitchen)
    path = rf"/channels/{kitchen.channel.id}/messages"
    kitchen.discord.inject(Fault("POST", path, after_effect=True, drop=True))
    assert (await digest(kitchen, "now")).content.startswith("Posted: ")
    assert (len(posts(kitchen)), len(kitchen.openai.requests)) == (1, 1)


async def test_a_person_who_lost_the_right_is_told_and_it_goes_on_when_it_is_back(
    kitchen: World,
) -> None:
    await add(kitchen)
    kitchen.discord.set_overwrite(kitchen.channel, kitchen.alice, deny=READ_MESSAGE_HISTORY)
    await come_due(kitchen)
    await until_kept(kitchen, State.PARKED)
    direct = kitchen.discord.dm(kitchen.alice)
    await kitchen.discord.until(lambda: kitchen.discord.messages(direct), why="a notice")
    (told,) = kitchen.discord.messages(direct)
    assert f"<@{kitchen.alice.id}> cannot read <#{kitchen.channel.id}>" in told.content
    assert "⚠️ stopped: <@" in (await digest(kitchen, "list")).content
    job = await kept(kitchen)
    refused = await digest(kitchen, "now", digest=job.id)
    assert "`/digest resume`" in refused.content
    kitchen.discord.set_overwrite(kitchen.channel, kitchen.alice)
    resumed = await digest(kitchen, "resume", digest=job.id)
    assert "is resumed; the next one is due <t:" in resumed.content
    assert (await digest(kitchen, "now")).content.startswith("Posted: ")


async def test_who_asked_is_answered_once_also_when_it_goes_on_later(kitchen: World) -> None:
    await add(kitchen)
    kitchen.discord.set_overwrite(kitchen.channel, kitchen.alice, deny=READ_MESSAGE_HISTORY)
    said = await digest(kitchen, "now")
    stopped = said.content
    assert "has stopped." in stopped
    assert kitchen.discord.messages(kitchen.discord.dm(kitchen.alice)) == []
    job = await until_kept(kitchen, State.PARKED)
    kitchen.discord.set_overwrite(kitchen.channel, kitchen.alice)
    await digest(kitchen, "resume", digest=job.id)
    await come_due(kitchen)
    await kitchen.discord.until(lambda: posts(kitchen), why="the digest")
    async with asyncio.timeout(10.0):
        while (await kept(kitchen)).next_run < datetime.now(UTC):
            pass
    assert said.content == stopped


async def test_without_the_grant_of_contents_it_is_said_at_once(kitchen: World) -> None:
    kitchen.discord.privileged_intents = 0
    refused = await add(kitchen)
    assert "*Message Content Intent* is off" in refused.content
    assert await kitchen.bot.services.digests.of(kitchen.guild.id) == []


async def test_what_one_may_not_do_now_is_refused_at_once(kitchen: World) -> None:
    hall = kitchen.discord.add_channel(kitchen.guild, "hall")
    kitchen.discord.set_overwrite(hall, kitchen.discord.bot_user, deny=SEND_MESSAGES)
    refused = await add(kitchen, to=hall)
    assert refused.content.startswith(f"I cannot post in <#{hall.id}>.")


async def test_only_who_manages_the_server_may_and_it_is_offered_to_nobody_else(
    kitchen: World,
) -> None:
    with pytest.raises(LookupError):
        await begin(kitchen, "list", user=kitchen.bob)
    # A server's owner can offer a command to anybody; the right is asked for all the same.
    (command,) = [c for c in kitchen.discord.commands if c["name"] == "digest"]
    command["default_member_permissions"] = None
    refused = await digest(kitchen, "list", user=kitchen.bob)
    assert refused.content.startswith("You need the *Manage Server* permission")


async def test_they_belong_to_the_server(kitchen: World) -> None:
    await add(kitchen)
    job = await kept(kitchen)
    carol = kitchen.discord.add_user("carol")
    managers = [r for r in kitchen.guild.roles.values() if r.name == "Manager"]
    kitchen.discord.add_member(kitchen.guild, carol, managers)
    assert "every 6 hours" in (await digest(kitchen, "list", user=carol)).content
    await digest(kitchen, "pause", user=carol, digest=job.id)
    assert (await kept(kitchen)).state is State.PAUSED
    assert "⏸️ paused" in (await digest(kitchen, "list")).content
    refused = await digest(kitchen, "pause", digest=job.id)
    assert "is paused or has stopped" in refused.content
    await digest(kitchen, "resume", user=carol, digest=job.id)
    assert (await kept(kitchen)).state is State.ACTIVE
    assert (
        "so there is nothing to resume" in (await digest(kitchen, "resume", digest=job.id)).content
    )
    removed = await digest(kitchen, "remove", user=carol, digest=job.id)
    assert removed.content == f"The digest of <#{kitchen.channel.id}> is removed."
    assert "has no digests" in (await digest(kitchen, "list")).content


async def test_one_of_another_server_is_out_of_reach(kitchen: World) -> None:
    await add(kitchen)
    job = await kept(kitchen)
    other = kitchen.discord.add_guild("Other")
    there = kitchen.discord.add_channel(other, "there")
    manager = kitchen.discord.add_role(other, "Manager", permissions=MANAGE_GUILD)
    kitchen.discord.add_member(other, kitchen.alice, [manager])
    asked = await kitchen.discord.slash(kitchen.alice, there, "digest remove", {"digest": job.id})
    assert "This server has no such digest." in (await seen(kitchen, asked)).content
    found = await kitchen.discord.autocomplete(
        kitchen.alice, there, "digest remove", {"digest": ""}, focused="digest"
    )
    assert found == []


async def test_a_digest_is_chosen_by_what_is_typed(kitchen: World) -> None:
    hall = kitchen.discord.add_channel(kitchen.guild, "hall")
    await add(kitchen)
    await add(kitchen, to=hall)
    found = await kitchen.discord.autocomplete(
        kitchen.alice, kitchen.channel, "digest now", {"digest": "hall"}, focused="digest"
    )
    assert [choice["name"] for choice in found] == ["#general → #hall · every 6 hours"]
    assert "several digests" in (await digest(kitchen, "now")).content


@each(
    "phrase, said",
    [
        ("in 2 hours", "this is one time only"),
        ("every 30 minutes", "once an hour at most"),
        ("every now and then", "I could not read"),
    ],
)
async def test_a_time_that_is_none_for_a_digest_is_refused(
    kitchen: World, phrase: str, said: str
) -> None:
    assert said in (await add(kitchen, phrase)).content
    found = await kitchen.discord.autocomplete(
        kitchen.alice,
        kitchen.channel,
        "digest add",
        {"channel": kitchen.channel, "when": phrase},
        focused="when",
    )
    assert said in found[0]["name"]


async def test_a_first_digest_asks_for_the_zone_and_loses_nothing(kitchen: World) -> None:
    asked = await add(kitchen, DAILY)
    assert asked.content.startswith("What does your clock show?")
    await kitchen.stop_bot()
    await kitchen.start_bot()
    places = f"abi:digest:{kitchen.channel.id}:{kitchen.channel.id}:1"
    await kitchen.discord.select(kitchen.alice, asked, places, ["Asia/Tokyo"])
    await kitchen.discord.until(
        lambda: asked.content.startswith("Got it: a digest of"), why="the digest to be set"
    )
    job = await kept(kitchen)
    assert (job.zone, job.next_run.hour, job.payload["minimum"]) == ("Asia/Tokyo", 9, 1)


async def test_a_server_may_have_ten(kitchen: World) -> None:
    for _ in range(10):
        assert (await add(kitchen)).content.startswith("Got it: a digest of")
    refused = await add(kitchen)
    assert refused.content.startswith("This server has 10 digests")
    listed = await digest(kitchen, "list")
    assert len(listed.content) <= 2000


async def test_where_files_are_deleted_a_digest_is_refused(world: World) -> None:
    await world.stop_bot()
    world.settings = Settings(data_dir=world.settings.data_dir, is_lasting=False)
    await world.start_bot()
    await furnished(world)
    refused = await add(world)
    assert refused.content == NOT_LASTING


async def test_there_are_no_digests_in_direct_messages(kitchen: World) -> None:
    offered = kitchen.discord.offered_commands(kitchen.alice, kitchen.discord.dm(kitchen.alice))
    assert "digest" not in [command["name"] for command in offered]
