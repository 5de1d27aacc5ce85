import asyncio

import pytest

from bot.answers import waiting
from bot.sandbox.discord_server import InteractionFailed
from bot.sandbox.model_server import Reply
from connectors.discord.bodies import SUPPRESS_EMBEDS
from tests.e2e.world import World, is_end
from tests.sandbox import plain_client

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def two_providers(shared_two_providers: World) -> World:
    return shared_two_providers


LONG = "".join(f"Paragraph {n}. " + "word " * 60 + "\n\n" for n in range(1, 140))


async def test_an_answer_is_written_as_it_comes(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["The sky ", "is blue."], gates={1: gate}))
    asked = await world.ask("why is the sky blue")
    await world.shows(asked, "The sky")
    assert "is blue" not in asked.messages[0].content
    gate.set()
    assert await world.end(asked) == "The sky is blue.\n-# OpenAI · sandbox-small"


async def test_the_question_reaches_the_model_with_the_key(world: World) -> None:
    await world.end(await world.ask("why is the sky blue"))
    assert world.openai.requests[-1]["messages"] == [
        {"role": "user", "content": "why is the sky blue"}
    ]
    assert world.openai.keys[-1] == "Bearer sk-alice-openai-key"


async def test_a_private_answer_is_seen_by_nobody_else(world: World) -> None:
    world.openai.script.append(Reply(chunks=["Psst."]))
    asked = await world.ask("a secret", private=True)
    assert "Psst." in await world.end(asked)
    assert world.read(world.bob) == []


async def test_a_long_answer_is_four_messages_and_a_file(world: World) -> None:
    world.openai.script.append(Reply(chunks=[LONG[i : i + 50] for i in range(0, len(LONG), 50)]))
    asked = await world.ask("everything")
    await world.end(asked)
    messages = world.read()
    assert len(messages) == 5
    assert all(len(m.content) <= 2000 for m in messages)
    assert messages[-1].content.startswith("-# The full answer (")
    assert [a.filename for a in messages[-1].attachments] == ["answer.md"]
    assert messages[-1].attachments[0].data.decode() == LONG
    assert "Paragraph 1." in messages[0].content


async def test_thinking_is_kept_out_of_the_answer_and_shown_on_request(world: World) -> None:
    world.openai.script.append(Reply(reasoning=["Let me ", "see."], chunks=["Four."]))
    asked = await world.ask("2+2")
    assert "see" not in await world.end(asked)
    clicked = await world.discord.click(world.bob, asked.messages[-1], "Show thinking")
    await world.discord.until(lambda: clicked.messages, why="the thinking")
    assert clicked.messages[0].content == "Let me see."
    assert clicked.messages[0].ephemeral


async def test_stop_ends_an_answer_where_it_is(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One. ", "Two."], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "Two.")
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    assert "One. Two.\n-# Stopped." in await world.end(asked)
    await world.openai.until(lambda: world.openai.open_streams == 0)


async def test_nobody_else_can_stop_an_answer(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One. "], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One.")
    clicked = await world.discord.click(world.bob, asked.messages[0], "Stop")
    await world.discord.until(lambda: clicked.messages, why="a refusal")
    assert "Only the person who asked" in clicked.messages[0].content
    assert "Stopped" not in asked.messages[0].content


async def test_continue_goes_on_from_what_is_shown(world: World) -> None:
    world.openai.script += [
        Reply(chunks=["One, two,"], finish_reason="length"),
        Reply(chunks=[" three."]),
    ]
    asked = await world.ask("count")
    assert "Press *Continue*" in await world.end(asked)
    clicked = await world.discord.click(world.alice, asked.messages[-1], "Continue")
    await world.shows(clicked, " three.")
    sent = world.openai.requests[-1]["messages"]
    assert [m["role"] for m in sent] == ["user", "assistant", "user"]
    assert sent[1]["content"] == "One, two,"


async def test_ask_again_asks_the_same_anew(world: World) -> None:
    asked = await world.ask("count")
    await world.end(asked)
    clicked = await world.discord.click(world.bob, asked.messages[-1], "Ask again")
    await world.discord.until(lambda: len(world.openai.requests) == 2, why="a second request")
    assert world.openai.requests[0] == world.openai.requests[1]
    await world.discord.until(lambda: clicked.messages, why="an answer")


@pytest.mark.usefixtures("alone")
async def test_commands_are_registered_once(world: World) -> None:
    def syncs() -> int:
        return sum(
            r.method == "PUT" and r.path.endswith("/commands") for r in world.discord.requests
        )

    assert syncs() == 1
    await world.stop_bot()
    await world.start_bot()
    await world.end(await world.ask("hello"))
    assert syncs() == 1


@pytest.mark.usefixtures("alone")
async def test_a_command_that_differs_is_registered_again(world: World) -> None:
    await world.stop_bot()
    slash = [command for command in world.discord.commands if command["type"] == 1]
    changed = [command | {"description": "something else"} for command in slash]
    async with plain_client() as client:
        url = f"{world.discord.api_url}/applications/{world.discord.application_id}/commands"
        headers = {"authorization": f"Bot {world.discord.token}"}
        (await client.put(url, json=changed, headers=headers)).raise_for_status()
    await world.start_bot()
    await world.discord.until(
        lambda: "something else" not in {c["description"] for c in world.discord.commands},
        why="the commands to be mended",
    )


async def test_providers_are_those_that_are_configured(two_providers: World) -> None:
    discord = two_providers.discord
    choices = await discord.autocomplete(
        two_providers.alice, two_providers.channel, "ask", {"provider": ""}, focused="provider"
    )
    assert [(c["name"], c["value"]) for c in choices] == [
        ("OpenAI", "openai"),
        ("Mistral", "mistral"),
    ]


async def test_a_chosen_provider_and_model_are_asked(two_providers: World) -> None:
    two_providers.mistral.script.append(Reply(chunks=["Salut."]))
    asked = await two_providers.ask("hello", provider="mistral", model="sandbox-small")
    assert await two_providers.end(asked) == "Salut.\n-# Mistral · sandbox-small"
    assert two_providers.openai.requests == []


async def test_a_model_from_the_list_brings_its_provider(two_providers: World) -> None:
    asked = await two_providers.ask("hello", model="mistral:sandbox-thinking")
    await two_providers.end(asked)
    assert two_providers.mistral.requests[-1]["model"] == "sandbox-thinking"


async def test_models_are_completed_from_the_live_lists(world: World) -> None:
    world.openai.models[:] = ["gpt-6-luna", "gpt-6.1-sol", "text-sol-old"]
    await world.bot.services.catalog.refresh("openai")

    async def complete(typed: str) -> list[str]:
        choices = await world.discord.autocomplete(
            world.alice, world.channel, "ask", {"prompt": "x", "model": typed}, focused="model"
        )
        return [choice["name"] for choice in choices]

    assert await complete("sol") == ["gpt-6.1-sol · OpenAI", "text-sol-old · OpenAI"]
    assert await complete("gpt") == ["gpt-6-luna · OpenAI", "gpt-6.1-sol · OpenAI"]
    assert await complete("nothing like it") == []


async def test_a_list_that_is_too_long_says_so(world: World) -> None:
    world.openai.models[:] = [f"model-{n:03}" for n in range(400)]
    await world.bot.services.catalog.refresh("openai")
    choices = await world.discord.autocomplete(
        world.alice, world.channel, "ask", {"prompt": "x", "model": "model"}, focused="model"
    )
    assert len(choices) == 25
    assert choices[-1]["name"] == "… 376 more: type part of the name"
    exact = await world.discord.autocomplete(
        world.alice, world.channel, "ask", {"prompt": "x", "model": "model-377"}, focused="model"
    )
    assert [c["value"] for c in exact] == ["openai:model-377"]


async def test_two_questions_at_once_in_one_channel_do_not_mix(world: World) -> None:
    gates = asyncio.Event(), asyncio.Event()
    world.openai.script += [
        Reply(chunks=["First ", "answer."], gates={1: gates[0]}),
        Reply(chunks=["Second ", "reply."], gates={1: gates[1]}),
    ]
    first = await world.ask("one")
    await world.shows(first, "First")
    second = await world.ask("two", user=world.bob)
    await world.shows(second, "Second")
    gates[1].set()
    await world.shows(second, "Second reply.\n-# ")
    gates[0].set()
    await world.shows(first, "First answer.\n-# ")
    await world.bot.services.answers.settled(5.0)
    assert [len(first.messages), len(second.messages)] == [1, 1]


async def test_an_answer_survives_a_dropped_gateway(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["Before, ", "after."], gates={1: gate}))
    asked = await world.ask("go")
    await world.shows(asked, "Before")
    await world.discord.drop_gateway()
    gate.set()
    assert "Before, after." in await world.end(asked)


async def test_a_server_without_the_bot_gets_answers_from_a_user_installed_one(
    world: World,
) -> None:
    elsewhere = world.discord.add_guild("Elsewhere", has_bot=False)
    channel = world.discord.add_channel(elsewhere, "general")
    world.discord.add_member(elsewhere, world.alice)
    asked = await world.ask("hello", channel=channel)
    await world.shows(asked, "A short answer.\n-# OpenAI")


async def test_direct_messages_get_answers(world: World) -> None:
    asked = await world.ask("hello", channel=world.discord.dm(world.alice))
    assert (await world.end(asked)).startswith("A short answer.\n-# OpenAI")


async def test_a_prompt_of_only_spaces_is_refused(world: World) -> None:
    asked = await world.ask("   ")
    assert await world.end(asked) == "The question is empty. Type one after `prompt:`."
    assert world.openai.requests == []


async def test_the_client_refuses_an_empty_and_an_overlong_prompt(world: World) -> None:
    for prompt in ("", "x" * 6001):
        with pytest.raises(ValueError, match="prompt"):
            await world.ask(prompt)


async def test_a_prompt_of_6000_characters_is_asked_whole(world: World) -> None:
    await world.end(await world.ask("é" * 6000))
    assert world.openai.requests[-1]["messages"][-1]["content"] == "é" * 6000


HOSTILE = "@everyone <@&1> <@{alice}> ```\n@here \u202eright to left\u202c ``` ~~~"


async def test_neither_prompt_nor_answer_pings_or_breaks_anything(world: World) -> None:
    hostile = HOSTILE.format(alice=world.alice.id)
    world.openai.script.append(
        Reply(chunks=[hostile[i : i + 3] for i in range(0, len(hostile), 3)])
    )
    asked = await world.ask(hostile)
    assert hostile in await world.end(asked)
    assert world.openai.requests[-1]["messages"][-1]["content"] == hostile


async def test_an_unknown_provider_is_refused_with_the_known_ones(world: World) -> None:
    asked = await world.ask("hello", provider="clippy")
    assert await world.end(asked) == "There is no provider `clippy`. Choose one of: OpenAI."


async def test_autocomplete_answers_while_a_provider_hangs(world: World) -> None:
    world.openai.models_reply = Reply(first_byte=asyncio.Event())
    refreshing = asyncio.create_task(world.bot.services.catalog.refresh("openai"))
    try:
        choices = await world.discord.autocomplete(
            world.alice, world.channel, "ask", {"prompt": "x", "model": ""}, focused="model"
        )
    except InteractionFailed:
        pytest.fail("autocomplete waited for the provider")
    finally:
        refreshing.cancel()
    assert choices[0]["value"] == "openai:sandbox-small"


async def test_a_listed_model_turns_no_letters_around(world: World) -> None:
    world.openai.models.append("evil\u202egnp")
    await world.bot.services.catalog.refresh("openai")
    choices = await world.discord.autocomplete(
        world.alice, world.channel, "ask", {"model": "evil"}, focused="model"
    )
    assert ("evilgnp · OpenAI", "openai:evil\u202egnp") in [
        (choice["name"], choice["value"]) for choice in choices
    ]


async def test_links_show_no_preview_until_one_is_left_that_stands_alone(world: World) -> None:
    gate = asyncio.Event()
    chunks = ["Look: ", "\nhttps://example.org/a\n", "Enjoy."]
    world.openai.script.append(Reply(chunks=chunks, gates={2: gate}))
    asked = await world.ask("a link")
    await world.discord.until(
        lambda: any("example.org" in m.content for m in asked.messages), why="the link"
    )
    assert asked.messages[0].flags & SUPPRESS_EMBEDS
    gate.set()
    await world.end(asked)
    assert not asked.messages[0].flags & SUPPRESS_EMBEDS


async def test_links_in_a_private_answer_show_no_preview_either(world: World) -> None:
    world.openai.script.append(Reply(chunks=["https://example.org/a and https://example.org/b"]))
    asked = await world.ask("two links", private=True)
    await world.end(asked)
    assert asked.messages[0].flags & SUPPRESS_EMBEDS
    assert asked.messages[0].ephemeral


async def test_code_that_was_cut_goes_on_as_code_in_the_next_answer(world: World) -> None:
    world.openai.script.append(Reply(chunks=["```py\nx = 1\n"], finish_reason="length"))
    asked = await world.ask("some code")
    assert "Press *Continue*" in await world.end(asked)
    world.openai.script.append(Reply(chunks=["y = 2\n```\nDone."]))
    on = await world.discord.click(world.alice, asked.messages[-1], "Continue")
    await world.shows(on, "Done.")
    assert on.messages[0].content.startswith("```py\ny = 2\n```\nDone.")


async def test_the_scripted_model_goes_on_where_it_was_stopped(world: World) -> None:
    world.openai.open_reply = None
    asked = await world.ask("tell me a long story")
    await world.discord.until(
        lambda: any("scripted" in m.content for m in asked.messages), why="some words"
    )
    await world.discord.click(world.alice, asked.messages[-1], "Stop")
    said = (await world.end(asked)).partition("\n-# ")[0]
    on = await world.discord.click(world.alice, asked.messages[-1], "Continue")
    await world.discord.until(lambda: any(m.content for m in on.messages), why="more words")
    read = on.messages[0].content
    assert "Hello!" not in read
    assert "Repeat nothing" not in read
    assert said.split()[-1] not in read.split()[:1]
    await world.discord.click(world.alice, on.messages[-1], "Stop")
    await world.shows(on, "Stopped.")


@pytest.mark.parametrize("reasoning", [[], ["Hmm, let me see."]], ids=["silent", "thinks aloud"])
async def test_a_model_that_thinks_is_shown_to_think_and_can_be_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch, reasoning: list[str]
) -> None:
    monkeypatch.setattr(waiting, "FIRST_S", (0, 900))
    gate = asyncio.Event()
    reply = Reply(reasoning=reasoning, chunks=["Never."], gates={len(reasoning): gate})
    world.openai.script.append(reply)
    asked = await world.ask("why?")
    await world.shows(asked, "is thinking… (0 s)")
    await world.openai.until(lambda: bool(world.openai.requests))
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    read = await world.end(asked)
    assert read.endswith("-# Stopped before the first word. Press *Ask again* to start over.")
    assert "Continue" not in [button["label"] for button in asked.messages[-1].buttons()]


async def test_the_answer_takes_the_place_of_the_note(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "FIRST_S", (0, 900))
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["Because."], gates={0: gate}))
    asked = await world.ask("why?")
    await world.shows(asked, "is thinking…")
    gate.set()
    assert "thinking" not in await world.end(asked)


LONG_THOUGHT = "So I think about it. " * 250  # fills three messages


@pytest.mark.parametrize("private", [False, True])
async def test_thinking_that_only_closes_leaves_the_screen(world: World, private: bool) -> None:
    gate = asyncio.Event()
    chunks = [LONG_THOUGHT, "</", "think>", "\n\n", "Four", "."]
    world.openai.script.append(Reply(chunks=chunks, gates={1: gate}))
    asked = await world.ask("2+2", private=private)
    await world.discord.until(lambda: len(asked.messages) == 3, why="three messages of thinking")
    gate.set()
    assert (await world.end(asked)).startswith("Four.\n-# ")
    assert len(asked.messages) == 1
    shown = await world.discord.click(world.alice, asked.messages[0], "Show thinking")
    await world.discord.until(lambda: shown.messages, why="the thinking")


async def test_an_answer_of_thinking_alone_says_so(world: World) -> None:
    world.openai.script.append(Reply(chunks=["<think>", "Let me see"]))
    asked = await world.ask("2+2")
    assert (await world.end(asked)).startswith("⚠️ `sandbox-small` only thought and wrote no")
    shown = await world.discord.click(world.alice, asked.messages[0], "Show thinking")
    await world.discord.until(lambda: shown.messages, why="the thinking")
    assert shown.messages[0].content == "Let me see"


async def test_who_is_timed_out_makes_nobody_read_an_answer(world: World) -> None:
    asked = await world.ask("hello")
    await world.end(asked)
    world.discord.time_out(world.guild, world.bob, world.discord.clock() + 60.0)
    pressed = await world.discord.click(world.bob, asked.messages[0], "Ask again")
    await world.discord.until(lambda: any(map(is_end, pressed.messages)), why="an answer")
    (answer,) = pressed.messages
    assert answer.ephemeral
    assert "hello" not in answer.content
