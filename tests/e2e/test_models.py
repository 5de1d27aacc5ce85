import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.sandbox.discord_server import Interaction, User
from bot.sandbox.model_server import ModelServer, Reply
from connectors import PROVIDERS
from tests.e2e.world import World, is_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def two_providers(shared_two_providers: World) -> World:
    return shared_two_providers


MANAGE_CHANNELS, MANAGE_GUILD = 1 << 4, 1 << 5


async def run(world: World, command: str, user: User | None = None, **options: object) -> str:
    """Run a command and return what it answers."""
    asked = await world.discord.slash(user or world.alice, world.channel, command, options)
    return await answer_to(world, asked)


async def answer_to(world: World, asked: Interaction) -> str:
    await world.discord.until(
        lambda: asked.messages and not any(m.loading for m in asked.messages), why="an answer"
    )
    assert all(m.ephemeral for m in asked.messages)
    return "\n".join(m.content for m in asked.messages)


async def ended(world: World, asked: Interaction) -> str:
    """Wait for the end of an answer, and return its last message."""
    await world.discord.until(lambda: any(map(is_end, asked.messages)), why="the end of an answer")
    return asked.messages[-1].content


async def answered_by(world: World, user: User | None = None, **options: Any) -> str:
    asked = await world.ask("hello", user=user, **options)
    return (await ended(world, asked)).rsplit("-# ", 1)[1]


@pytest.fixture
def boss(two_providers: World) -> User:
    role = two_providers.discord.add_role(
        two_providers.guild, "boss", permissions=MANAGE_CHANNELS | MANAGE_GUILD
    )
    boss = two_providers.discord.add_user("boss")
    two_providers.discord.add_member(two_providers.guild, boss, [role])
    return boss


async def test_nothing_chosen_says_where_a_question_goes_and_why(two_providers: World) -> None:
    read = await run(two_providers, "model")
    assert read.startswith(
        "Questions asked here go to **OpenAI** (the first provider that is set up)."
    )


async def test_a_choice_for_me_is_obeyed_for_me_alone(two_providers: World) -> None:
    read = await run(two_providers, "model", model="mistral:sandbox-small")
    assert read.startswith(
        "Questions asked here go to **Mistral** · `sandbox-small` (chosen by you)."
    )
    assert await answered_by(two_providers) == "Mistral · sandbox-small"
    assert await answered_by(two_providers, two_providers.bob) == "OpenAI · sandbox-small"


async def test_the_nearest_choice_wins(two_providers: World, boss: User) -> None:
    world = two_providers
    await run(world, "model", boss, model="openai:sandbox-large", where="server")
    assert await answered_by(world) == "OpenAI · sandbox-large"
    await run(world, "model", boss, provider="mistral", where="channel")
    assert await answered_by(world) == "Mistral · sandbox-large"
    read = await run(world, "model", model="openai:sandbox-thinking")
    assert await answered_by(world) == "OpenAI · sandbox-thinking"
    assert "- chosen for this channel: Mistral · its default model" in read
    assert "- chosen for this server: OpenAI · `sandbox-large`" in read


async def test_what_a_question_names_itself_wins_over_every_choice(two_providers: World) -> None:
    await run(two_providers, "model", provider="mistral")
    assert await answered_by(two_providers, provider="openai") == "OpenAI · sandbox-small"


@pytest.mark.usefixtures("alone")
async def test_a_choice_outlives_a_restart_and_can_be_taken_back(two_providers: World) -> None:
    await run(two_providers, "model", provider="mistral")
    await two_providers.stop_bot()
    await two_providers.start_bot()
    assert await answered_by(two_providers) == "Mistral · sandbox-large"
    read = await run(two_providers, "model", forget=True)
    assert read.startswith("Your choice was removed.")
    assert await answered_by(two_providers) == "OpenAI · sandbox-small"


@pytest.mark.parametrize(
    ("where", "right"), [("channel", "Manage Channels"), ("server", "Manage Server")]
)
async def test_choosing_for_others_needs_the_right(
    two_providers: World, where: str, right: str
) -> None:
    read = await run(two_providers, "model", provider="mistral", where=where)
    assert read == (
        f"You need the *{right}* permission to choose for this {where}. "
        "Leave out `where:` to choose for yourself."
    )
    assert await answered_by(two_providers) == "OpenAI · sandbox-small"


async def test_a_model_that_nobody_lists_is_refused(two_providers: World) -> None:
    read = await run(two_providers, "model", model="clippy-97")
    assert read.startswith("No provider lists the model `clippy-97`.")


async def test_a_model_that_its_provider_does_not_list_is_refused(two_providers: World) -> None:
    read = await run(two_providers, "model", provider="mistral", model="sandbox-smal")
    assert read == (
        "Mistral does not list `sandbox-smal`. "
        "Did you mean `sandbox-small`, `sandbox-large` or `sandbox-thinking`?"
    )
    assert await answered_by(two_providers) == "OpenAI · sandbox-small"


async def test_a_model_that_came_after_the_last_look_is_taken(two_providers: World) -> None:
    await two_providers.bot.services.catalog.refresh("mistral")
    two_providers.mistral.models.append("brand-new")
    read = await run(two_providers, "model", provider="mistral", model="brand-new")
    assert read.startswith("Questions asked here go to **Mistral** · `brand-new`")


async def test_a_provider_that_is_not_set_up_is_not_chosen(world: World) -> None:
    read = await run(world, "model", provider="mistral")
    assert read == "Mistral is not set up here. Choose one of: OpenAI."
    assert "sandbox-small" in await answered_by(world)


async def test_a_choice_that_cannot_be_is_refused_with_one_that_can(world: World) -> None:
    used = await world.discord.slash(world.alice, world.channel, "model", {"provider": "mistral"})
    assert (await answer_to(world, used)).startswith("Mistral is not set up here.")
    await world.discord.click(world.alice, used.messages[0], "Use OpenAI instead")
    await world.discord.until(
        lambda: "go to **OpenAI** (chosen by you)" in used.messages[0].content, why="a choice"
    )


async def test_a_chosen_provider_that_fails_can_be_replaced_by_a_press(
    two_providers: World,
) -> None:
    world = two_providers
    await run(world, "model", provider="mistral")
    world.mistral.open_reply = Reply(status=401)
    asked = await world.ask("hello")
    assert "Mistral refused the key (401)." in await ended(world, asked)
    pressed = await world.discord.click(world.alice, asked.messages[-1], "Ask OpenAI instead")
    assert "OpenAI · sandbox-small" in await ended(world, pressed)


async def test_a_chosen_provider_that_fails_is_not_replaced(two_providers: World) -> None:
    await run(two_providers, "model", provider="mistral")
    two_providers.mistral.open_reply = Reply(status=401)
    asked = await two_providers.ask("hello")
    read = await ended(two_providers, asked)
    assert "Mistral refused the key (401). Ask again later" in read


async def test_four_hundred_models_are_searched_and_never_cut_silently(world: World) -> None:
    world.openai.models[:] = [f"model-{n:03}" for n in range(400)]
    await world.bot.services.catalog.refresh("openai")

    async def complete(typed: str) -> list[str]:
        found = await world.discord.autocomplete(
            world.alice, world.channel, "model", {"model": typed}, focused="model"
        )
        return [choice["name"] for choice in found]

    assert (await complete("model"))[-1] == "… 376 more: type part of the name"
    assert await complete("377") == ["model-377 · OpenAI"]


async def test_what_was_used_last_is_offered_first(world: World) -> None:
    world.openai.models[:] = [f"model-{n:03}" for n in range(400)]
    await world.bot.services.catalog.refresh("openai")
    await world.end(await world.ask("hello", model="openai:model-377"))
    found = await world.discord.autocomplete(
        world.alice, world.channel, "model", {"model": "model"}, focused="model"
    )
    assert found[0]["name"] == "model-377 · OpenAI"


async def test_the_status_shows_every_state(two_providers: World) -> None:
    two_providers.mistral.models_reply = Reply(status=401)
    read = await run(two_providers, "providers", two_providers.guild.owner)
    lines = read.splitlines()
    assert lines[0].startswith("🟢 **OpenAI** · ")
    assert lines[0].endswith(" ms · `sandbox-small`")
    assert lines[1] == "🔴 **Mistral** · Mistral refused the key (401). Check MISTRAL_API_KEY."
    assert lines[-1] == "Questions asked here go to **OpenAI** (the first provider that is set up)."


async def test_the_status_says_when_somebody_else_answers_there(two_providers: World) -> None:
    two_providers.mistral.models_reply = two_providers.mistral.open_reply = Reply(
        body=b"Not Found", status=404, headers={"content-type": "text/plain"}
    )
    read = await run(two_providers, "providers", two_providers.guild.owner)
    assert (
        "🔴 **Mistral** · something else is running at its address (404). Check MISTRAL_BASE_URL."
    ) in read


async def test_a_web_page_is_no_provider_on_the_status(two_providers: World) -> None:
    page = Reply(body=b"<!DOCTYPE html><title>Hi</title>", headers={"content-type": "text/html"})
    two_providers.mistral.models_reply = two_providers.mistral.open_reply = page
    read = await run(two_providers, "providers")
    assert "🔴 **Mistral** · something else is running at its address.\n" in read


async def test_a_chat_server_without_a_list_is_green_on_the_status(two_providers: World) -> None:
    two_providers.mistral.models_reply = Reply(status=404, body=b'{"error":"not found"}')
    assert "🟢 **Mistral**" in await run(two_providers, "providers")


async def test_a_model_that_does_not_exist_is_red_on_the_status(world: World) -> None:
    world.openai.models.remove("sandbox-small")
    await world.bot.services.catalog.refresh("openai")
    assert (await run(world, "providers")).startswith(
        "🔴 **OpenAI** · OpenAI does not know the model `sandbox-small` (404). "
        "It has `sandbox-large`, `sandbox-thinking`.\n"
    )


async def test_what_only_an_answer_can_tell_is_red_until_the_next_answer(world: World) -> None:
    no_credit = b'{"error":{"message":"You exceeded your quota.","code":"insufficient_quota"}}'
    world.openai.open_reply = Reply(status=429, body=no_credit)
    await world.end(await world.ask("hello"))
    read = await run(world, "providers")
    assert read.startswith("🔴 **OpenAI** · The OpenAI account has no credit left (429).")
    assert "quota" not in read, "the provider's own words are for those who manage the server"
    assert "🔴 OpenAI cannot answer at the moment, so a question would fail." in read
    line = (await run(world, "providers", world.guild.owner)).splitlines()[0]
    assert "It said: `You exceeded your quota.` (<t:" in line
    world.openai.open_reply = Reply(chunks=["Fine."])
    await answered_by(world)
    assert (await run(world, "providers")).startswith("🟢 **OpenAI**")


async def test_nine_providers_in_all_states_at_once() -> None:
    async with AsyncExitStack() as stack:
        keyed, hanging, loaded = [await stack.enter_async_context(ModelServer()) for _ in range(3)]
        keyed.models_reply = Reply(status=401)
        hanging.models_reply = Reply(first_byte=asyncio.Event())
        loaded.models[:] = ["qwen3-4b", "gemma-3", "phi-5", "llama-5"]
        environ = {
            "OPENAI_MODEL": "",
            "ANTHROPIC_API_KEY": "key",
            "ANTHROPIC_BASE_URL": keyed.base_url,
            "OLLAMA_HOST": "127.0.0.1:9",
            "MISTRAL_API_KEY": "key",
            "MISTRAL_BASE_URL": hanging.base_url,
            "COHERE_API_KEY": "key",
            "COHERE_BASE_URL": loaded.base_url,
            "LM_STUDIO_BASE_URL": loaded.base_url,
            "VLLM_BASE_URL": loaded.base_url,
            "MLX_BASE_URL": "http://127.0.0.1:9",
        }
        world = await stack.enter_async_context(World(environ=environ, providers=list(PROVIDERS)))
        await world.bot.services.catalog.refresh("lm_studio")
        status = (await run(world, "providers", world.guild.owner)).splitlines()
    shown = {line.split("**")[1] if "**" in line else line.split()[1]: line for line in status[:9]}
    assert list(shown) == [
        *("OpenAI", "Anthropic", "Ollama", "Mistral", "Cohere", "LM Studio", "vLLM", "MLX"),
        "Hugging",  # it is not set up
    ]
    assert shown["OpenAI"].endswith(
        " ms · its own model"
    )  # no default is sent to another's address
    assert shown["Anthropic"].endswith("Anthropic refused the key (401). Check ANTHROPIC_API_KEY.")
    assert shown["Ollama"].endswith(
        "Ollama cannot be reached. Start it, or set OLLAMA_HOST to its address."
    )
    assert shown["Hugging"].startswith("⚪ Hugging Face · not set up: ")
    assert "Mistral took too long to answer." in shown["Mistral"]
    assert "something else is running at its address (404)" in shown["Cohere"]
    assert shown["LM Studio"].endswith(" ms · has `qwen3-4b`, `gemma-3`, `phi-5` and 1 more")
    assert shown["vLLM"].startswith("🟢 **vLLM** · ")
    assert shown["MLX"].startswith("🔴 **MLX** · MLX cannot be reached.")
    assert (
        status[-1] == "Questions asked here go to **OpenAI** (the first provider that is set up)."
    )


async def test_the_status_names_what_is_missing(world: World) -> None:
    read = await run(world, "providers", world.guild.owner)
    assert "⚪ Mistral · not set up: MISTRAL_API_KEY is missing" in read
    assert "⚪ Mistral · not set up\n" in await run(world, "providers")


async def test_the_status_is_there_in_time_whatever_the_providers_do(two_providers: World) -> None:
    two_providers.mistral.models_reply = Reply(first_byte=asyncio.Event())
    read = await run(two_providers, "providers")
    assert "🟢 **OpenAI**" in read
    assert "🔴 **Mistral** · Mistral took too long to answer." in read


async def test_the_status_remembers_the_last_trouble(world: World) -> None:
    world.openai.open_reply = Reply(status=500)
    await world.end(await world.ask("hello"))
    assert "last error: OpenAI had an internal error (500)." in await run(world, "providers")
    world.openai.open_reply = Reply(chunks=["Fine."])
    await answered_by(world)
    assert "last error" not in await run(world, "providers")


async def test_the_status_quotes_what_a_provider_said_to_the_check(world: World) -> None:
    said = b'{"error":{"message":"Your organization has been disabled.","type":"invalid_request"}}'
    world.openai.models_reply = world.openai.open_reply = Reply(status=401, body=said)
    read = await run(world, "providers", world.guild.owner)
    assert read.splitlines()[0].endswith("It said: `Your organization has been disabled.`")


async def test_refresh_looks_again(two_providers: World) -> None:
    two_providers.mistral.models_reply = Reply(status=401)
    asked = await two_providers.discord.slash(
        two_providers.alice, two_providers.channel, "providers"
    )
    assert "🔴 **Mistral**" in await answer_to(two_providers, asked)
    two_providers.mistral.models_reply = None
    await two_providers.discord.click(two_providers.alice, asked.messages[0], "Refresh")
    await two_providers.discord.until(
        lambda: "🟢 **Mistral**" in asked.messages[0].content, why="a fresh status"
    )


@pytest.mark.usefixtures("alone")
async def test_a_database_that_is_away_keeps_nobody_from_asking(world: World) -> None:
    await world.lose_database()
    assert "A short answer." in await world.end(await world.ask("hello"))


@pytest.mark.usefixtures("alone")
async def test_a_database_that_is_away_is_said_when_choosing(world: World) -> None:
    await world.lose_database()
    read = await run(world, "model", provider="openai")
    assert read == "I cannot reach my database, so nothing was changed. Try again in a minute."


async def test_asked_again_the_answer_offers_another_model(two_providers: World) -> None:
    world = two_providers
    first = await world.ask("hello")
    assert "OpenAI" in await ended(world, first)
    again = await world.discord.click(world.alice, first.messages[-1], "Ask again")
    assert "OpenAI" in await ended(world, again)
    (select,) = [p for row in again.messages[-1].components for p in row["components"]][-1:]
    offered = [option["value"] for option in select["options"]]
    assert "mistral:sandbox-large" in offered
    assert "openai:sandbox-small" not in offered
    chosen = await world.discord.select(
        world.alice, again.messages[-1], select["custom_id"], ["mistral:sandbox-large"]
    )
    assert "Mistral · sandbox-large" in await ended(world, chosen)
