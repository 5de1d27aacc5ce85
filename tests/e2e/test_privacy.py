"""/privacy: what is stored is shown, sent and deleted, and what nobody wants is not stored."""

from __future__ import annotations

import json

from bot.privacy import texts
from bot.sandbox.discord_server import Interaction, Message, User
from bot.sandbox.model_server import Reply
from tests.e2e.test_chat import answer, call, post
from tests.e2e.world import World, is_end

MANAGE_GUILD = 1 << 5


async def shown(world: World, used: Interaction) -> Message:
    """Return what an interaction has answered, which only one person sees."""
    await world.discord.until(
        lambda: used.messages and not any(m.loading for m in used.messages), why="an answer"
    )
    (only,) = used.messages
    assert only.ephemeral
    return only


async def press(world: World, user: User, message: Message, label: str, text: str) -> None:
    await world.discord.click(user, message, label)
    await world.discord.until(lambda: text in message.content, why=f"{text!r}")


async def test_what_is_stored_is_shown_sent_and_deleted_also_while_an_answer_is_written(
    world: World,
) -> None:
    world.openai.script += [Reply(chunks=["Marzipan it is."])]
    await answer(world, await post(world, f"{call(world)} my marzipan question"))
    zone = await world.discord.slash(
        world.alice, world.channel, "timezone", {"zone": "Europe/Oslo"}
    )
    await shown(world, zone)
    reminder = await world.discord.slash(
        world.alice, world.channel, "remind", {"when": "tomorrow 9:00", "text": "buy marzipan"}
    )
    await shown(world, reminder)
    page = await shown(world, await world.discord.slash(world.alice, world.channel, "privacy", {}))
    assert "- Conversations: 1 question, the first <t:" in page.content
    assert "- Reminders, with those of the last days: 1 reminder" in page.content
    assert "- Your time zone: `Europe/Oslo`" in page.content
    assert "- OpenAI: goes to a server that the person who runs me has chosen." in page.content

    sent = await shown(world, await world.discord.click(world.alice, page, "Export"))
    (message,) = world.discord.messages(world.discord.dm(world.alice), viewer=world.alice)
    assert str(message.id) in sent.content
    held = json.loads(message.attachments[0].data)
    assert held["conversations"][0]["prompt"] == "my marzipan question"
    assert "Marzipan it is." in message.attachments[1].data.decode()

    world.openai.script += [Reply(chunks=["More marzipan"], end="hang")]
    writing = await world.ask("marzipan again")
    await world.shows(writing, "More marzipan")
    await press(world, world.alice, page, texts.DELETE, "cannot be undone")
    await press(world, world.alice, page, texts.YES_DELETE, "Everything is deleted.")
    assert "- conversations: 2\n- answers: 2\n- reminders: 1" in page.content
    assert any(map(is_end, writing.messages))
    files = b"".join(p.read_bytes() for p in world.settings.data_dir.glob("abi.db*") if p.is_file())
    assert b"arzipan" not in files
