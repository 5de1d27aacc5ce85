"""Only local models, in a channel or a server: nothing reaches others, and people are told why."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.discord_server import Interaction, Message, User
from bot.sandbox.model_server import Reply
from connectors.local_scheduler import id_from
from tests.e2e.test_chat import answer, call, post, remark
from tests.e2e.test_settings import MANAGE_GUILD, run, said, thread_at
from tests.e2e.world import World, is_end

BADGE = "vLLM · sandbox-small · 🔒 local models only"


@pytest.fixture
async def local() -> AsyncIterator[World]:
    """A world with OpenAI, which is asked first, and a local vLLM."""
    environ = {"VLLM_HOST": "{mistral}", "VLLM_MODEL": "sandbox-small"}
    async with World(environ=environ, providers=["openai", "vllm"]) as world:
        yield world


@pytest.fixture
def boss(local: World) -> User:
    role = local.discord.add_role(local.guild, "boss", permissions=MANAGE_GUILD)
    boss = local.discord.add_user("boss")
    local.discord.add_member(local.guild, boss, [role])
    return boss


async def end(world: World, used: Interaction) -> str:
    await world.discord.until(lambda: any(map(is_end, used.messages)), why="an end")
    return used.messages[-1].content


def labels(message: Message) -> list[Any]:
    return [button["label"] for button in message.buttons()]


async def test_a_channel_with_its_threads_is_answered_by_local_models_only(
    local: World, boss: User
) -> None:
    before = await local.ask("before?")
    assert "OpenAI" in await end(local, before)
    alone = await local.ask("alone?", provider="openai", private=True)
    kept = await end(local, alone)
    asked = len(local.openai.requests)
    changed = await run(local, boss, "set local", only=True, channel=local.channel)
    assert f"✅ Channels with local models only: <#{local.channel.id}>." in changed.content

    refused = await said(local, await local.ask("one?", provider="openai"))
    assert refused.content.startswith("Only local models may answer here, and OpenAI is not one")
    assert labels(refused) == ["Ask vLLM instead"]
    pressed = [
        await local.discord.click(local.alice, refused, "Ask vLLM instead") for _ in range(2)
    ]
    ends = [await end(local, used) for used in pressed]
    assert sorted(BADGE in text for text in ends) == [False, True], "it is asked once"

    offered = await local.discord.autocomplete(
        local.alice, local.channel, "ask", {"provider": ""}, focused="provider"
    )
    assert [choice["value"] for choice in offered] == ["vllm"]
    used = await local.discord.slash(
        local.alice, local.channel, "model", {"provider": "openai", "where": "me"}
    )
    assert labels(await said(local, used)) == ["Use vLLM instead"]
    again = await local.discord.click(local.alice, before.messages[-1], "Ask again")
    assert BADGE in await end(local, again)
    record = await local.bot.services.answers.find(id_from(again.id))
    assert record.origin.stays_local, "whoever goes on with it knows"
    again = await local.discord.click(local.alice, alone.messages[-1], "Ask again")
    assert labels(await said(local, again)) == ["Ask vLLM instead"]
    assert alone.messages[-1].content == kept, "a refusal is a message of its own"
    await run(local, boss, "set threads", open_one=True)
    question = await post(local, f"{call(local)} two?")
    place = await thread_at(local, question)
    assert BADGE in (await answer(local, await post(local, f"{call(local)} three?", place))).content
    assert len(local.openai.requests) == asked

    other = local.discord.add_channel(local.guild, "elsewhere")
    assert "OpenAI" in await end(local, await local.ask("four?", channel=other))


async def test_a_whole_server_is_and_an_answer_goes_on_after_a_crash_by_local_models(
    local: World, boss: User
) -> None:
    local.openai.script.append(Reply(chunks=["One, "], end="hang"))
    begun = await local.ask("count")
    await local.shows(begun, "One,")
    await run(local, boss, "set local", only=True)
    asked = len(local.openai.requests)
    await local.stop_bot()
    await local.start_bot()
    assert BADGE in await end(local, begun)
    local.mistral.open_reply = Reply(status=500)
    failed = await end(local, await local.ask("one?"))
    assert "vLLM had an internal error" in failed
    assert "/ask provider:" not in failed, "nobody else may be asked"
    assert len(local.openai.requests) == asked


async def test_without_a_local_model_people_are_told_what_can_be_done(
    world: World,
) -> None:
    boss = world.guild.owner
    changed = await run(world, boss, "set local", only=True)
    assert "No local model is running" in changed.content
    refused = await said(world, await world.ask("one?"))
    assert refused.content.startswith("Only local models may answer here, and none is running")
    question = await post(world, f"{call(world)} two?")
    assert "`/settings set local`" in await remark(world, question)
    assert world.openai.requests == []


async def test_local_models_alone_answer_in_a_server_whose_rules_no_database_has_told_yet(
    local: World,
) -> None:
    await local.lose_database()
    assert BADGE in await end(local, await local.ask("one?"))
    refused = await said(local, await local.ask("two?", provider="openai"))
    assert refused.content.startswith("Only local models may answer here")
    assert local.openai.requests == []
