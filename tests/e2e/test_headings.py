"""The line above an answer that others read, too: who asked what."""

import asyncio

import pytest

from bot.sandbox.model_server import Reply
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


async def test_a_public_answer_begins_with_what_was_asked(world: World) -> None:
    asked = await world.ask("why is\nthe sky @everyone **blue**?")
    await world.end(asked)
    quote, answer, *_ = asked.messages[0].content.split("\n")
    assert quote == "> **alice:** why is the sky @\u200beveryone \\*\\*blue\\*\\*?"
    assert answer == "A short answer."
    assert not asked.messages[0].pings


async def test_an_error_tells_what_was_asked_as_well(world: World) -> None:
    world.openai.open_reply = Reply()
    asked = await world.ask("why?")
    await world.end(asked)
    assert asked.messages[0].content.startswith("> **alice:** why?\n⚠️ OpenAI sent an empty answer.")


async def test_a_private_answer_does_not_begin_with_what_was_asked(world: World) -> None:
    asked = await world.ask("why?", private=True)
    await world.end(asked)
    assert asked.messages[0].content.startswith("A short answer.")


async def test_a_direct_message_does_not_begin_with_what_was_asked(world: World) -> None:
    asked = await world.ask("why?", channel=world.discord.dm(world.alice))
    await world.end(asked)
    assert asked.messages[0].content.startswith("A short answer.")


async def test_only_the_first_of_several_messages_has_it_and_all_keep_to_the_limit(
    world: World,
) -> None:
    world.openai.script.append(Reply(chunks=["word " * 300 + "\n\n"] * 3))
    asked = await world.ask("*" * 1000)
    await world.end(asked)
    contents = [m.content for m in asked.messages]
    assert contents[0].startswith("> **alice:** " + "\\*" * 299 + "…\nword ")
    assert not any("alice" in content for content in contents[1:])
    assert "".join(contents).count("word") == 900
    assert all(len(content) <= 2000 for content in contents)


async def test_the_file_of_a_long_answer_holds_the_answer_only(world: World) -> None:
    text = " ".join(f"word{n}" for n in range(2000))
    world.openai.script.append(Reply(chunks=[text]))
    asked = await world.ask("a book")
    await world.end(asked)
    assert asked.messages[0].content.startswith("> **alice:** a book\nword0 ")
    assert asked.messages[-1].attachments[0].data.decode() == text


async def test_a_quote_of_the_model_stays_apart(world: World) -> None:
    world.openai.script.append(Reply(chunks=["\n> To be", ", or not"]))
    asked = await world.ask("quote")
    await world.end(asked)
    assert asked.messages[0].content.startswith("> **alice:** quote\n\n> To be, or not\n")


async def test_the_heading_never_reaches_the_model(world: World) -> None:
    world.openai.script += [Reply(chunks=["One, "], finish_reason="length"), Reply(chunks=["two."])]
    asked = await world.ask("count")
    await world.end(asked)
    goes_on = await world.discord.click(world.bob, asked.messages[0], "Continue")
    await world.discord.until(lambda: goes_on.messages and "two." in goes_on.messages[0].content)
    await world.bot.services.answers.settled(10.0)
    contents = [m["content"] for m in world.openai.requests[-1]["messages"]]
    assert contents[:2] == ["count", "One, "]
    assert not any("alice" in content for content in contents)
    assert goes_on.messages[0].content.startswith("two.")  # it is a reply to what it goes on from


async def test_asked_again_it_names_who_asked_again(world: World) -> None:
    asked = await world.ask("count")
    await world.end(asked)
    again = await world.discord.click(world.bob, asked.messages[0], "Ask again")
    await world.discord.until(lambda: again.messages and not again.messages[0].loading)
    await world.bot.services.answers.settled(10.0)
    assert again.messages[0].content.startswith("> **bob:** count\nA short answer.")


@pytest.mark.usefixtures("alone")
async def test_after_a_restart_it_stands_there_once_and_is_no_part_of_the_text(
    world: World,
) -> None:
    gate = asyncio.Event()
    world.openai.script += [
        Reply(chunks=["One, ", "two, "], gates={1: gate}, end="hang"),
        Reply(chunks=["three."]),
    ]
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    await world.stop_bot()
    await world.start_bot()
    read = await world.end_after_restart(asked)
    assert read.startswith("One, three.")
    (message,) = asked.messages
    assert message.content.startswith("> **alice:** count\nOne, three.")
    assert world.openai.requests[-1]["messages"][1]["content"].strip() == "One,"
