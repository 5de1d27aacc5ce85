"""Questions that are asked by a message: mentions, replies, direct messages and threads."""

from bot.sandbox.discord_server import Message
from bot.sandbox.model_server import Reply
from tests.e2e.world import World, is_end


async def answer(world: World, question: Message) -> Message:
    """Wait for the end of an answer, and check that there is only one."""
    await world.discord.until(lambda: any(is_end(m) for m in replies(question)), why="an end")
    await world.bot.services.answers.settled(10.0)
    (only,) = replies(question)
    assert is_end(only)
    assert not only.pings
    return only


def replies(question: Message) -> list[Message]:
    return [m for m in question.channel.messages.values() if m.reference is question]


async def test_a_mention_is_answered_by_a_reply(world: World) -> None:
    world.openai.script.append(Reply(chunks=["The sky ", "is blue."]))
    call = f"<@{world.discord.bot_user.id}>"
    question = await world.discord.post(world.alice, world.channel, f"{call} why is it blue?")
    assert (await answer(world, question)).content == "The sky is blue.\n-# OpenAI · sandbox-small"
    assert world.openai.requests[-1]["messages"][-1]["content"] == "why is it blue?"
