from collections.abc import Awaitable, Callable

import discord
import pytest

from bot.sandbox.discord_server.objects import VOICE_MESSAGE
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from tests.bot.sandbox.discord_server.conftest import Clock, Cook, Kitchen

Connect = Callable[[Cook], Awaitable[None]]
SOUP = {"question": {"text": "Soup?"}, "answers": [{"poll_media": {"text": "Yes"}}]}


async def test_the_bot_reads_what_is_meant_for_it_and_nothing_else(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    server, alice, channel = kitchen.server, kitchen.alice, kitchen.channel
    room = cook.get_channel(channel.id)
    assert isinstance(room, discord.TextChannel)
    own = channel.messages[(await room.send("I am the bot")).id]
    overheard = await server.post(alice, channel, "between us")
    await server.reply(alice, own, "with the ping")
    await server.reply(alice, own, "without", ping=False)
    await server.mention(alice, channel, "what is this?", reply_to=overheard)
    await server.post(alice, channel, f"<@&{kitchen.guild.me_role.id}> role")
    await server.post(alice, channel, "`<@1>`", poll=SOUP)
    await server.forward(alice, own, channel)
    await cook.until(lambda: len(cook.seen) == 8)
    seen = cook.seen[1:]
    assert [message.content for message in seen] == [
        "",
        "with the ping",
        "",
        f"<@{server.bot_user.id}> what is this?",
        "",
        "",
        "",
    ]
    assert seen[2].reference is not None
    assert seen[2].reference.message_id == own.id
    assert [role.id for role in seen[4].role_mentions] == [kitchen.guild.me_role.id]
    assert seen[4].mentions == []
    assert seen[5].poll is None
    assert seen[6].message_snapshots[0].content == ""


async def test_a_question_about_another_message_does_not_show_its_text_without_the_intent(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    overheard = await kitchen.server.post(kitchen.alice, kitchen.channel, "between us")
    await kitchen.server.mention(kitchen.alice, kitchen.channel, "what?", reply_to=overheard)
    await cook.until(lambda: len(cook.seen) == 2)
    assert cook.seen[1].reference is not None
    assert isinstance(resolved := cook.seen[1].reference.resolved, discord.Message)
    assert resolved.content == ""


async def test_with_the_intent_all_of_it_is_read(kitchen: Kitchen, connect: Connect) -> None:
    kitchen.server.privileged_intents = MESSAGE_CONTENT
    intents = discord.Intents.default()
    intents.message_content = True
    cook = Cook(intents)
    await connect(cook)
    server, alice, channel = kitchen.server, kitchen.alice, kitchen.channel
    said = await server.post(alice, channel, "hello", stickers=["wave"], poll=SOUP)
    await server.forward(alice, said, server.dm(alice))
    await server.send_voice(alice, channel)
    await server.send_as(server.add_webhook(channel, "proxy"), "as a fox", name="Fox")
    await cook.until(lambda: len(cook.seen) == 4)
    plain, forward, voice, proxied = cook.seen
    assert (plain.content, plain.stickers[0].name) == ("hello", "wave")
    assert plain.poll is not None
    assert plain.poll.answers[0].text == "Yes"
    assert (forward.content, forward.message_snapshots[0].content) == ("", "hello")
    assert forward.reference is not None
    assert forward.reference.type is discord.MessageReferenceType.forward
    assert voice.flags.value == VOICE_MESSAGE
    assert voice.attachments[0].duration == 2.0
    assert (proxied.author.name, proxied.author.bot) == ("Fox", True)
    assert proxied.webhook_id is not None
    assert cook.application_flags.gateway_message_content_limited


async def test_edits_deletions_and_embeds_are_told(kitchen: Kitchen, connect: Connect) -> None:
    cook = Cook()
    await connect(cook)
    server, bot = kitchen.server, kitchen.server.bot_user
    message = await server.post(kitchen.alice, kitchen.channel, "hello")
    await cook.until(lambda: cook.seen)
    edit = cook.wait_for("raw_message_edit", timeout=30)
    await server.edit_message(kitchen.alice, message, f"hello <@{bot.id}>")
    edited = (await edit).message
    assert (edited.content, [user.id for user in edited.mentions]) == (message.content, [bot.id])
    assert edited.edited_at is not None
    seen = edited.edited_at
    update = cook.wait_for("raw_message_edit", timeout=30)
    await server.show_embeds(message, {"title": "a page"})
    embedded = (await update).message
    assert (embedded.embeds[0].title, embedded.edited_at) == ("a page", seen)
    reacted = cook.wait_for("raw_reaction_add", timeout=30)
    await server.react(kitchen.alice, message, "👍")
    added = await reacted
    assert (added.user_id, str(added.emoji)) == (kitchen.alice.id, "👍")
    gone = cook.wait_for("raw_message_delete", timeout=30)
    await server.delete_message(kitchen.alice, message)
    assert (await gone).message_id == message.id
    again = [await server.post(kitchen.alice, kitchen.channel, text) for text in "ab"]
    bulk = cook.wait_for("raw_bulk_message_delete", timeout=30)
    await server.purge(again)
    assert (await bulk).message_ids == {message.id for message in again}


async def test_a_reply_whose_ping_was_off_stays_so_when_it_is_edited(kitchen: Kitchen) -> None:
    server, bob = kitchen.server, kitchen.server.add_user("bob")
    server.add_member(kitchen.guild, bob)
    asked = await server.post(kitchen.alice, kitchen.channel, "soup?")
    quiet = await server.reply(bob, asked, "yes", ping=False)
    loud = await server.reply(bob, asked, "yes")
    for message in (quiet, loud):
        await server.edit_message(bob, message, "no")
    assert (quiet.mentions, loud.mentions) == ([], [kitchen.alice])
    with pytest.raises(LookupError):
        await server.edit_message(kitchen.alice, loud, "mine now")


async def test_slow_mode_makes_people_wait_but_not_moderators(timed: Kitchen, clock: Clock) -> None:
    timed.channel.rate_limit_per_user = 30
    post = timed.server.post
    await post(timed.alice, timed.channel, "one")
    clock.now += 29
    with pytest.raises(DiscordError, match="slowmode"):
        await post(timed.alice, timed.channel, "two")
    clock.now += 2
    await post(timed.alice, timed.channel, "two")
    timed.guild.everyone.permissions |= p.MANAGE_MESSAGES
    await post(timed.alice, timed.channel, "three")


async def test_nobody_writes_in_a_locked_thread(kitchen: Kitchen) -> None:
    thread = await kitchen.server.create_thread(kitchen.alice, kitchen.channel, "soup")
    await kitchen.server.edit_thread(thread, locked=True, archived=True)
    with pytest.raises(LookupError, match="locked"):
        await kitchen.server.post(kitchen.alice, thread, "still?")


async def test_typing_is_told(kitchen: Kitchen, connect: Connect) -> None:
    cook = Cook()
    await connect(cook)
    told = cook.wait_for("typing", timeout=30)
    await kitchen.server.start_typing(kitchen.alice, kitchen.channel)
    _, user, _ = await told
    assert user.name == "alice"


async def test_threads_may_be_silent_until_they_are_joined(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    server = kitchen.server
    server.mutes_threads = True
    thread = await server.create_thread(kitchen.alice, kitchen.channel, "soup")
    await server.mention(kitchen.alice, kitchen.channel, "in the channel")
    await server.post(kitchen.alice, thread, "unheard")
    await server.join_thread(thread, server.bot_user)
    await server.mention(kitchen.alice, thread, "heard")
    await cook.until(lambda: cook.seen and "heard" in cook.seen[-1].content)
    assert [message.channel.id for message in cook.seen if not message.is_system()] == [
        kitchen.channel.id,
        thread.id,
    ]


async def test_people_upload_more_than_a_bot_may(kitchen: Kitchen) -> None:
    large = ("large.bin", b"x" * (25 * 1024 * 1024))
    message = await kitchen.server.upload(kitchen.alice, kitchen.channel, large)
    (file,) = message.attachments
    assert kitchen.server.world.attachments == {file.id: file}


async def test_who_may_not_react_joins_a_reaction_at_most(kitchen: Kitchen) -> None:
    server, alice, channel = kitchen.server, kitchen.alice, kitchen.channel
    message = await server.post(alice, channel, "hello")
    server.set_overwrite(channel, alice, deny=1 << 6)
    with pytest.raises(LookupError, match="cannot react"):
        await server.react(alice, message, "👍")
    message.reactions["👍"] = [server.bot_user]
    await server.react(alice, message, "👍")
    assert message.reactions == {"👍": [server.bot_user, alice]}
