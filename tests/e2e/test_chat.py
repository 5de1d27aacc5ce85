"""Questions that are asked by a message: mentions, replies, direct messages and threads."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.answers import texts
from bot.app import ContentWithdrawn
from bot.providers.question import Quote
from bot.sandbox.discord_server import Channel, Message
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.discord_server.rules.permissions import SEND_MESSAGES
from bot.sandbox.model_server import Reply
from connectors.local_scheduler import id_from
from tests.e2e.world import World, is_end
from tests.rows import each

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def call(world: World) -> str:
    return f"<@{world.discord.bot_user.id}>"


async def post(world: World, content: str, place: Channel | None = None, **facts: Any) -> Message:
    return await world.discord.post(world.alice, place or world.channel, content, **facts)


async def answer(world: World, question: Message) -> Message:
    """Wait for the end of an answer, and check that there is only one."""
    await world.discord.until(lambda: any(is_end(m) for m in replies(question)), why="an end")
    await world.bot.services.answers.settled(10.0)
    (only,) = replies(question)
    assert is_end(only)
    assert not only.pings
    return only


async def remark(world: World, question: Message) -> str:
    """Wait for a reply of the bot's own."""
    await world.discord.until(lambda: replies(question), why="a reply")
    (only,) = replies(question)
    assert not only.pings
    return only.content


def replies(question: Message) -> list[Message]:
    return [m for m in question.channel.messages.values() if m.reference is question]


def asked(world: World) -> list[str]:
    """Return the messages of the last request to the model, from the person's first on."""
    return [m["content"] for m in world.openai.requests[-1]["messages"] if m["role"] != "system"]


async def thread_of(world: World, message: Message) -> Channel:
    made = await world.bot.services.rest.create_thread_from_message(
        message.channel.id, message.id, "Blue"
    )
    return world.discord.world.channels[int(made.id)]


async def test_a_mention_is_answered_by_a_reply_as_it_is_written(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["The sky ", "is blue."], gates={1: gate}))
    question = await post(world, f"{call(world)} why is it blue?")
    await world.discord.until(lambda: replies(question), why="a first word")
    assert replies(question)[0].content == "The sky"
    gate.set()
    assert (await answer(world, question)).content == "The sky is blue.\n-# OpenAI · sandbox-small"
    assert asked(world)[-1].endswith("why is it blue?")


async def test_a_conversation_goes_on_by_replies_in_a_dm_and_in_its_thread(world: World) -> None:
    first = await answer(world, await post(world, f"{call(world)} one?"))
    second = await answer(world, await post(world, f"{call(world)} two?", reply_to=first))
    assert [content.split("\n")[-1] for content in asked(world)] == [
        "one?", "A short answer.", "two?"
    ]  # fmt: skip
    thread = await thread_of(world, second)
    await answer(world, await post(world, f"{call(world)} three?", thread))
    assert [content.split("\n")[-1] for content in asked(world)][-2:] == [
        "A short answer.", "three?"
    ]  # fmt: skip
    dm = world.discord.dm(world.alice)
    await answer(world, await post(world, "four?", dm))
    assert len(asked(world)) == 1
    await answer(world, await post(world, "five?", dm))
    assert len(asked(world)) == 3


async def test_a_reply_while_the_bot_is_mentioned_is_about_that_message(world: World) -> None:
    told = await world.discord.post(world.bob, world.channel, f"{call(world)} tea is hot")
    await answer(world, told)
    await answer(world, await post(world, f"{call(world)} is that so?", reply_to=told))
    assert "tea is hot" in "".join(asked(world))


async def test_an_empty_mention_gets_help(world: World) -> None:
    said = await remark(world, await post(world, call(world)))
    assert said == texts.HELP.format(mention=call(world))
    assert not world.openai.requests


@each("text", ["@everyone why?", "why?", "`{call}` why?"])
async def test_what_is_not_for_the_bot_is_left_alone(world: World, text: str) -> None:
    world.begin_anew()
    world.guild.everyone.permissions |= 1 << 17
    ignored = await post(world, text.format(call=call(world)))
    await answer(world, await post(world, f"{call(world)} two?"))
    assert replies(ignored) == []


async def test_what_the_bot_may_not_read_is_said_once(world: World) -> None:
    thread = await thread_of(world, await answer(world, await post(world, f"{call(world)} one?")))
    hidden = await post(world, "two?", thread)
    assert await remark(world, hidden) == texts.HIDDEN_HERE.format(mention=call(world))
    again = await post(world, "two?", thread)
    world.guild.me_role.mentionable = True
    role = await post(world, f"<@&{world.guild.me_role.id}> two?")
    assert await remark(world, role) == texts.HIDDEN_ROLE.format(mention=call(world))
    await answer(world, await post(world, f"{call(world)} three?", thread))
    assert replies(again) == []


async def test_where_the_bot_may_not_write_the_person_reads_why_once(world: World) -> None:
    world.discord.set_overwrite(world.channel, world.discord.bot_user, deny=SEND_MESSAGES)
    dm = world.discord.dm(world.alice)
    await post(world, f"{call(world)} one?")
    await post(world, f"{call(world)} two?")
    await world.discord.until(lambda: dm.messages, why="the reason")
    await answer(world, await post(world, "three?", dm))
    reasons = [m.content for m in dm.messages.values() if "may not write" in m.content]
    assert reasons == [
        texts.MAY_NOT_WRITE.format(channel_id=world.channel.id, permission="Send Messages")
    ]


async def test_an_edited_question_is_answered_anew_in_the_same_message(world: World) -> None:
    question = await world.discord.mention(world.alice, world.channel, "why is it blue?")
    first = await answer(world, question)
    await world.discord.show_embeds(question, {"title": "a preview"})
    world.openai.open_reply = Reply(chunks=["It is ", "green."])
    await world.discord.edit_message(world.alice, question, f"{call(world)} why is it green?")
    await world.discord.until(lambda: "It is green." in first.content, why="another answer")
    assert (await answer(world, question)) is first
    assert len(world.openai.requests) == 2
    assert asked(world) == ["why is it green?"]


async def test_a_question_edited_while_it_is_answered_has_one_answer(world: World) -> None:
    world.openai.script.append(Reply(chunks=["It is blue", " because"], end="hang"))
    question = await world.discord.mention(world.alice, world.channel, "why is it blue?")
    await world.discord.until(lambda: replies(question), why="a first word")
    await world.discord.edit_message(world.alice, question, f"{call(world)} why is it green?")
    ended = await answer(world, question)
    assert ended.content.startswith("A short answer.")
    assert [m for m in world.read() if m is not ended] == []


async def test_a_mention_edited_in_is_answered_once(world: World) -> None:
    question = await post(world, "why?")
    await world.discord.edit_message(world.alice, question, f"{call(world)} why now?")
    await answer(world, question)
    await world.discord.edit_message(world.alice, question, f"{call(world)} why then?")
    await world.openai.until(lambda: len(world.openai.requests) == 2)
    await answer(world, question)
    assert len(replies(question)) == 1


@pytest.mark.parametrize("is_begun", [True, False])
async def test_a_deleted_question_takes_its_answer_with_it(world: World, *, is_begun: bool) -> None:
    if is_begun:
        world.openai.script.append(Reply(chunks=["It is blue"], end="hang"))
    question = await world.discord.mention(world.alice, world.channel, "why is it blue?")
    await world.discord.until(lambda: replies(question), why="a first word")
    if not is_begun:
        await answer(world, question)
    await world.discord.purge([question])
    await world.discord.until(lambda: not world.read(), why="nothing to be left")
    await world.bot.services.answers.settled(10.0)
    assert world.read() == []


async def test_an_answer_that_was_replied_to_outlives_its_question(world: World) -> None:
    question = await world.discord.mention(world.alice, world.channel, "why is it blue?")
    first = await answer(world, question)
    second = await answer(world, await world.discord.reply(world.bob, first, "and then?"))
    await world.discord.delete_message(world.alice, question)
    third = await answer(world, await world.discord.reply(world.bob, second, "and now?"))
    assert "why is it blue?" not in "".join(asked(world))
    assert world.read() == [first, second, third]


async def test_a_reply_button_goes_on_from_a_slash_answer(world: World) -> None:
    slash = await world.ask("one?")
    await world.end(slash)
    pressed = await world.discord.click(world.bob, slash.messages[-1], texts.REPLY)
    await world.discord.until(lambda: pressed.modal, why="a form")
    sent = await world.discord.submit(world.bob, pressed, {"text": "two?"})
    await world.discord.until(lambda: sent.messages and is_end(sent.messages[-1]), why="an end")
    assert sent.messages[0].content.startswith("> **bob:** two?")
    said = asked(world)
    assert len(said) == 3
    assert all(word in text for word, text in zip(("one?", "short", "two?"), said, strict=True))


async def test_a_message_is_asked_about_from_its_menu(world: World) -> None:
    told = await world.discord.post(world.bob, world.channel, "tea is hot")
    chosen = await world.discord.context(world.alice, world.channel, texts.ABOUT_THIS, message=told)
    await world.discord.until(lambda: chosen.modal, why="a form")
    sent = await world.discord.submit(world.alice, chosen, {"text": "is that so?"})
    await world.discord.until(lambda: sent.messages and is_end(sent.messages[-1]), why="an end")
    assert "is that so?" in "".join(asked(world))
    kept = await world.bot.services.answers.find(id_from(sent.id))
    assert kept.question.quote == Quote(world.bob.id, "bob", "tea is hot")


async def test_an_answer_goes_on_in_a_thread_that_the_model_names_once(world: World) -> None:
    first = await answer(world, await post(world, f"{call(world)} why is it blue?"))
    world.openai.script.append(Reply(chunks=['"Why The Sky Is So Very Blue Today"']))
    pressed = await world.discord.click(world.alice, first, texts.IN_THREAD)
    await world.discord.until(
        lambda: pressed.messages and pressed.messages[0].content, why="a link"
    )
    assert first.thread is not None
    assert pressed.messages[0].content == texts.GO_ON_THERE.format(thread_id=first.thread.id)
    named = "Why The Sky Is So Very"
    await world.discord.until(lambda: first.thread and first.thread.name == named, why="a title")
    again = await world.discord.click(world.bob, first, texts.IN_THREAD)
    await world.discord.until(lambda: again.messages and again.messages[0].content, why="a link")
    question = await world.discord.mention(world.alice, first.thread, "and at night?")
    ended = await answer(world, question)
    assert [content.split("\n")[-1] for content in asked(world)] == [
        "why is it blue?", "A short answer.", "and at night?"
    ]  # fmt: skip
    labels = [button["label"] for button in ended.buttons()]
    assert texts.REPLY in labels
    assert texts.IN_THREAD not in labels
    slash = await world.ask("and now?", channel=first.thread)
    await world.discord.until(lambda: slash.messages and is_end(slash.messages[-1]), why="an end")
    assert len(asked(world)) == 5


@pytest.mark.usefixtures("alone")
async def test_what_was_missed_while_away_is_answered_once_and_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await answer(world, await post(world, f"{call(world)} one?"))
    thread = await thread_of(world, first)
    dm = world.discord.dm(world.alice)
    await answer(world, await post(world, "two?", dm))
    quiet = world.discord.add_channel(world.guild, "quiet")
    await world.stop_bot()
    missed = [
        await post(world, f"{call(world)} three?"),
        await world.discord.reply(world.bob, first, "four?"),
        await post(world, f"{call(world)} five?", thread),
        await post(world, "six?", dm),
    ]
    left_alone = [await post(world, "seven?"), await post(world, f"{call(world)} eight?", quiet)]
    await world.start_bot()
    for question in missed:
        await answer(world, question)
    await world.stop_bot()
    await world.start_bot()
    await answer(world, await post(world, f"{call(world)} nine?"))
    assert [len(replies(question)) for question in missed + left_alone] == [1, 1, 1, 1, 0, 0]
    order = [m.id for m in world.read() if m.reference in missed[:2]]
    assert order == sorted(order)
    await world.stop_bot()
    late = await post(world, f"{call(world)} ten?")
    later = datetime.now(UTC) + timedelta(minutes=16)
    monkeypatch.setattr("discord.utils.utcnow", lambda: later)
    await world.start_bot()
    await answer(world, await post(world, f"{call(world)} eleven?"))
    assert replies(late) == []


@pytest.mark.usefixtures("alone")
async def test_with_message_content_replies_and_threads_need_no_mention(world: World) -> None:
    world.discord.privileged_intents = MESSAGE_CONTENT
    world.discord.mutes_threads = True
    await world.stop_bot()
    await world.start_bot()
    first = await answer(world, await post(world, f"{call(world)} one?"))
    second = await answer(
        world,
        await world.discord.reply(world.alice, first, "two?", ping=False, is_resolved=False),
    )
    assert len(asked(world)) == 3
    thread = await world.discord.create_thread(world.alice, second, "of Alice's own")
    bot_id = world.discord.bot_user.id
    await world.discord.until(lambda: bot_id in thread.thread_members, why="the bot to join")
    await answer(world, await post(world, "three?", thread))
    assert len(asked(world)) == 5
    role = world.guild.me_role
    role.mentionable = True
    await answer(world, await post(world, f"<@&{role.id}> four?"))
    aside = await post(world, f"<@{world.bob.id}> what do you think?", thread)
    other = await world.discord.create_thread(world.alice, world.channel, "not the bot's")
    elsewhere = await post(world, "four?", other)
    await answer(world, await post(world, f"{call(world)} and <@{world.bob.id}>?"))
    assert f"and <@{world.bob.id}> (bob)?" in asked(world)[-1]
    assert replies(aside) + replies(elsewhere) == []


@pytest.mark.usefixtures("alone")
async def test_a_thread_at_an_answer_whose_question_is_forgotten_needs_no_mention(
    world: World,
) -> None:
    world.discord.privileged_intents = MESSAGE_CONTENT
    await world.stop_bot()
    await world.start_bot()
    question = await post(world, f"{call(world)} one?")
    first = await answer(world, question)
    await world.bot.services.conversations.forget(question.id)
    thread = await world.discord.create_thread(world.alice, first, "of Alice's own")
    await answer(world, await post(world, "two?", thread))
    assert len(asked(world)) == 1


async def test_bots_webhooks_and_system_messages_are_left_alone(world: World) -> None:
    webhook = world.discord.add_webhook(world.channel, "Proxy")
    original = await post(world, f"{call(world)} why?")
    await world.discord.delete_message(world.alice, original)
    repost = await world.discord.send_as(webhook, f"{call(world)} why?", name="Alice's other")
    system = world.discord.core.timeline.add_system(world.channel, 6, call(world))
    only = await answer(world, await post(world, f"{call(world)} two?"))
    await world.discord.until(lambda: world.read() == [system, only], why="one answer to be left")
    assert replies(repost) + replies(system) == []


@pytest.mark.usefixtures("alone")
async def test_an_intent_that_is_withdrawn_is_no_longer_asked_for(world: World) -> None:
    world.discord.privileged_intents = MESSAGE_CONTENT
    await world.stop_bot()
    await world.start_bot()
    world.discord.privileged_intents = 0
    await world.discord.drop_gateway(4014)
    with pytest.raises(ContentWithdrawn):
        await world._running
    await world.bot.close()
    await world.start_bot()
    await answer(world, await post(world, f"{call(world)} one?"))
