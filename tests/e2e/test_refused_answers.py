"""A text that Discord refuses: the answer still has one visible end, and nothing of it is lost."""

import asyncio

import pytest

from bot.sandbox.discord_server import Interaction
from bot.sandbox.model_server import Reply
from tests.e2e.world import World
from tests.rows import each

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


PARAGRAPH = "word " * 300 + "\n\n"


def everything(asked: Interaction) -> str:
    """Return what can be read, in messages and in files."""
    files = [f.data.decode() for m in asked.messages for f in m.attachments]
    return "\n".join([*(m.content for m in asked.messages), *files])


@each("code", [240000, 200000, 50035, 987654])
async def test_a_link_is_broken_and_the_rest_stands(world: World, code: int) -> None:
    world.begin_anew()
    world.discord.refuse_word("evil.example", code)
    world.openai.script.append(Reply(chunks=["See ", "https://evil.example/a.b", " for more."]))
    asked = await world.ask("a link")
    assert (await world.end(asked)).startswith("See evil·example/a.b for more.\n-# OpenAI")


@each("status", [400, 403, 422])
async def test_a_word_goes_into_a_file(world: World, status: int) -> None:
    world.begin_anew()
    world.discord.refuse_word("slur", 200000, status=status)
    world.openai.script.append(Reply(chunks=["Good. ", "A slur. ", "Good."]))
    asked = await world.ask("a word")
    read = await world.end(asked)
    assert read.startswith(
        "-# Discord refuses to show the answer, so it is in this file.\n-# OpenAI"
    )
    (message,) = asked.messages
    assert message.content.startswith("> **alice:** a word\n")
    assert message.attachments[0].data == b"Good. A slur. Good."


@each("place", [0, 1, 2])
async def test_one_of_several_messages_is_refused(world: World, place: int) -> None:
    world.begin_anew()
    world.discord.refuse_word("slur", 200000)
    chunks = [f"part{n} {'slur ' if n == place else ''}{PARAGRAPH}" for n in range(3)]
    world.openai.script.append(Reply(chunks=chunks))
    asked = await world.ask("three parts")
    await world.end(asked)
    shown = [m.content for m in asked.messages]
    assert len(shown) == 3
    assert [f"part{n} " in shown[n] for n in range(3)] == [n != place for n in range(3)]
    assert f"part{place} slur" in asked.messages[place].attachments[0].data.decode()
    assert everything(asked).count("word") == 900


async def test_what_is_refused_while_it_is_streamed_is_a_file_at_the_end(world: World) -> None:
    gate = asyncio.Event()
    world.discord.refuse_word("slur", 200000)
    world.openai.script.append(Reply(chunks=["A slur. ", "More."], gates={1: gate}))
    asked = await world.ask("a word")
    await world.shows(asked, "It will be in a file.")
    assert asked.messages[0].attachments == []
    gate.set()
    await world.end(asked)
    assert [f.data for f in asked.messages[0].attachments] == [b"A slur. More."]


async def test_what_was_asked_is_refused(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    asked = await world.ask("what is a slur?")
    await world.end(asked)
    assert asked.messages[0].content == "A short answer.\n-# OpenAI · sandbox-small"
    assert asked.messages[0].attachments == []


async def test_who_asked_has_a_name_that_is_refused(world: World) -> None:
    world.discord.refuse_word("alice", 240000)
    words = [f"word{n}" for n in range(600)]
    world.openai.script.append(Reply(chunks=[" ".join(words)]))
    asked = await world.ask("a few words")
    await world.end(asked)
    contents = [m.content for m in asked.messages]
    assert "\n".join(contents).split()[:600] == words
    assert "alice" not in str(contents)


async def test_both_what_was_asked_and_the_answer_are_refused(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    world.openai.script.append(Reply(chunks=["A slur."]))
    asked = await world.ask("what is a slur?")
    read = await world.end(asked)
    assert read == "-# Discord refuses to show the answer, so it is in this file."
    assert [f.data for f in asked.messages[0].attachments] == [b"A slur."]


async def test_what_only_half_of_it_was_refused_for_is_shown_whole(world: World) -> None:
    gate = asyncio.Event()
    world.discord.refuse_word("half", 200000)
    world.openai.script.append(Reply(chunks=["One ", "half", " more."], gates={2: gate}))
    asked = await world.ask("a word")
    await world.shows(asked, "It will be in a file.")
    world.discord.allow_words()
    gate.set()
    assert (await world.end(asked)).startswith("One half more.\n-# OpenAI")


@each("status", [403, 409, 451])
async def test_a_refusal_with_a_code_that_nobody_knows_is_about_what_is_said(
    world: World, status: int
) -> None:
    world.begin_anew()
    world.discord.refuse_word("slur", 987654, status=status)
    world.openai.script.append(Reply(chunks=["A slur."]))
    asked = await world.ask("a word")
    await world.end(asked)
    assert [f.data for f in asked.messages[0].attachments] == [b"A slur."]


async def test_what_stands_below_the_answer_is_refused(world: World) -> None:
    world.discord.refuse_word("sandbox-small", 200000)
    asked = await world.ask("hello")
    assert "refuses to show" in await world.end(asked)
    assert asked.messages[0].attachments[0].data.decode().endswith("A short answer.")


async def test_an_error_that_is_refused_is_said_in_other_words(world: World) -> None:
    world.discord.refuse_word("empty answer", 200000)
    world.openai.open_reply = Reply()
    asked = await world.ask("hello")
    assert "Discord refuses to show" in await world.end(asked)


async def test_where_files_are_refused_too_it_says_only_that(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    world.discord.refuse_word("in this file", 400001, status=403)
    world.openai.script.append(Reply(chunks=["A slur."]))
    asked = await world.ask("a word")
    assert await world.end(asked) == "-# Discord refuses to show the answer."
    assert asked.messages[0].attachments == []


async def test_a_private_answer_is_refused(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    world.openai.script.append(Reply(chunks=["A slur."]))
    asked = await world.ask("a word", private=True)
    await world.discord.until(
        lambda: asked.messages and asked.messages[0].attachments, why="the file"
    )
    await world.end(asked)
    assert asked.messages[0].attachments[0].data == b"A slur."
    assert world.read(world.bob) == []


async def test_the_refused_part_of_a_book_is_in_its_file(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    words = [f"word{n}" for n in range(2000)]
    text = " ".join([*words[:500], "slur", *words[500:]])
    world.openai.script.append(Reply(chunks=[text]))
    asked = await world.ask("a book")
    await world.end(asked)
    assert len(asked.messages) == 5
    assert asked.messages[-1].attachments[0].data.decode() == text


async def test_an_answer_stopped_after_a_refusal_ends(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    world.openai.script.append(Reply(chunks=["A slur."], end="hang"))
    asked = await world.ask("a word")
    await world.shows(asked, "It will be in a file.")
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    await world.discord.until(lambda: asked.messages[0].attachments, why="the file")
    assert "Stopped." in await world.end(asked)


@pytest.mark.usefixtures("alone")
async def test_after_a_restart_a_refused_answer_goes_on_from_its_own_text(world: World) -> None:
    world.discord.refuse_word("slur", 200000)
    world.openai.script += [
        Reply(chunks=["A slur, ", "two, "], end="hang"),
        Reply(chunks=["three."]),
    ]
    asked = await world.ask("count")
    await world.shows(asked, "It will be in a file.")
    await world.stop_bot()
    await world.start_bot()
    await world.end_after_restart(asked)
    assert asked.messages[0].attachments[-1].data == b"A slur, two, three."
    assert "refuses" not in str(world.openai.requests[-1])
