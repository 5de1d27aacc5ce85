"""Files attached to /ask, on their way to a model and back."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from bot.answers.texts import ABOUT_THIS
from bot.conversations.texts import VOICE
from bot.sandbox.discord_server import Fault
from bot.sandbox.model_server import Reply
from connectors.local_scheduler import id_from
from tests.bot.conversations.papers import bomb, encrypted, pdf_of
from tests.e2e.test_chat import answer
from tests.e2e.world import World, is_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def drawn() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (255, 0, 0)).save(file, "PNG")
    return file.getvalue()


def parts(world: World) -> list[dict[str, Any]]:
    """Return the parts of the last question, the text first."""
    content = world.openai.requests[-1]["messages"][-1]["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


async def test_a_picture_and_a_text_reach_the_model(world: World) -> None:
    asked = await world.ask(
        "What is on it?", attachment=("cat.png", drawn()), attachment3=("notes.txt", b"a cat")
    )
    assert await world.end(asked) == "A short answer.\n-# OpenAI · sandbox-small"
    assert asked.messages[0].content.startswith(
        "> **alice:** What is on it? 📎 `cat.png` 📎 `notes.txt`\n"
    )
    text, picture = parts(world)
    assert text["text"].endswith("What is on it?\n\nAttached pictures, in this order: cat.png")
    assert '<file name="notes.txt"' in text["text"]
    assert "a cat" in text["text"]
    url = picture["image_url"]["url"]
    content = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    assert Image.open(io.BytesIO(content)).size == (8, 6)


async def test_what_cannot_be_read_is_said_and_the_rest_is_answered(world: World) -> None:
    asked = await world.ask(
        "And?", attachment=("a.png", b"PK\3\4\0"), attachment2=("b.png", drawn()[:50])
    )
    assert await world.end(asked) == (
        "A short answer.\n"
        "-# `a.png` is an archive, which I do not unpack. Attach the files in it one by one.\n"
        "-# `b.png` is damaged, so I could not read it.\n"
        "-# OpenAI · sandbox-small"
    )
    assert parts(world)[0]["text"].startswith("And?")


async def test_a_model_that_takes_no_picture_answers_without(world: World) -> None:
    refusal = b'{"error": {"message": "Invalid content type. image_url is not supported."}}'
    world.openai.script += [Reply(status=400, body=refusal), Reply(chunks=["Of what?"])]
    shown = await world.end(await world.ask("What is it?", attachment=("cat.png", drawn())))
    assert shown.startswith("Of what?\n-# The model did not take the attached pictures")
    assert [part["type"] for part in parts(world)] == ["text"]


async def test_asking_again_reads_the_files_again(world: World) -> None:
    asked = await world.ask("What is on it?", attachment=("notes.txt", b"a cat"))
    await world.end(asked)
    first = parts(world)[0]["text"]
    world.openai.script.append(Reply(chunks=["Another answer."]))
    kept = await world.bot.services.scheduler.get(id_from(asked.id))
    assert kept is not None
    assert "notes.txt" in str(kept.payload)
    assert "a cat" not in f"{kept.payload} {kept.draft}"
    again = await world.discord.click(world.alice, asked.messages[-1], "Ask again")
    await world.shows(again, "Another answer.")
    assert parts(world)[0]["text"] == first


async def test_a_text_that_became_a_file_is_the_question(world: World) -> None:
    place = world.discord.dm(world.alice)
    await world.discord.post(
        world.alice, place, "", attachments=[("message.txt", b"Why is the sky blue?")]
    )
    await world.discord.until(lambda: world.openai.requests, why="the question")
    assert parts(world)[0]["text"] == "Why is the sky blue?"
    await world.bot.services.answers.settled(10.0)


async def test_a_message_that_nothing_can_be_read_of_is_answered_by_the_reason(
    world: World,
) -> None:
    place = world.discord.dm(world.alice)
    await world.discord.post(world.alice, place, "", attachments=[("a.zip", b"PK\3\4\0")])
    await world.discord.until(
        lambda: any("archive" in m.content for m in world.read()), why="the reason"
    )
    assert world.openai.requests == []


async def test_the_picture_of_a_message_is_asked_about_from_its_menu(world: World) -> None:
    told = await world.discord.post(
        world.bob, world.channel, "", attachments=[("cat.png", drawn()), ("b.zip", b"PK\3\4\0")]
    )
    chosen = await world.discord.context(world.alice, world.channel, ABOUT_THIS, message=told)
    await world.discord.until(lambda: chosen.modal, why="a form")
    sent = await world.discord.submit(world.alice, chosen, {"text": "What is it?"})
    assert "\n-# `b.zip` is an archive" in await world.end(sent)
    assert [part["type"] for part in parts(world)] == ["text", "image_url"]
    kept = await world.bot.services.answers.find(id_from(sent.id))
    assert kept.question.quote is not None
    file = kept.question.quote.attachments[0]
    assert (file.channel_id, file.message_id) == (world.channel.id, told.id)


async def test_the_next_question_is_about_the_same_picture(world: World) -> None:
    place = world.discord.dm(world.alice)
    await world.discord.post(world.alice, place, "What is it?", attachments=[("a.png", drawn())])
    await world.discord.until(lambda: any(map(is_end, world.read())), why="an answer")
    await world.bot.services.answers.settled(10.0)
    await world.discord.post(world.alice, place, "And its colour?")
    await world.discord.until(lambda: len(world.openai.requests) == 2, why="a question")
    *_, first, _, second = world.openai.requests[-1]["messages"]
    assert [part["type"] for part in first["content"]] == ["text", "image_url"]
    assert "And its colour?" in second["content"]
    await world.bot.services.answers.settled(10.0)


async def test_each_file_that_cannot_be_read_has_its_sentence_in_the_one_answer(
    world: World,
) -> None:
    place = world.discord.dm(world.alice)
    world.discord.inject(Fault("GET", "/attachments/.*/gone.png", times=9, status=404))
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    first = [("gone.png", drawn()), ("big.bin", bytes(25_000_000)), ("photo.heic", heic)]
    second = [("a.pdf", encrypted(pdf_of("x"))), ("b.pdf", bomb())]
    said = [
        "`gone.png` is no longer on Discord's servers, so I could not read it. Attach it again.",
        "`big.bin` is 25 MB large, so I did not read it. I read files of up to 20 MB.",
        "`photo.heic` is a picture in a format that I cannot read. Attach it as PNG or JPEG.",
        "`a.pdf` is encrypted in a way that I cannot read. "
        "Print it to a new PDF without a password, and attach that.",
        "`b.pdf` holds no text, only pictures of pages perhaps. "
        "Attach the pages that matter as images.",
    ]
    for files, notes in ((first, said[:3]), (second, said[3:])):
        question = await world.discord.post(world.alice, place, "And?", attachments=files)
        shown = (await answer(world, question)).content.split("\n")
        assert shown == [
            "A short answer.",
            *[f"-# {n}" for n in notes],
            "-# OpenAI · sandbox-small",
        ]
    voice = await world.discord.send_voice(world.alice, place)
    assert (await answer(world, voice)).content == f"⚠️ {VOICE}"
