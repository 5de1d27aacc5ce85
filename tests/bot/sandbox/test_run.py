import pytest

from bot.sandbox.run import NO_PROVIDER, Sandbox
from bot.settings import load
from tests.sandbox import start_inside


@pytest.mark.parametrize(
    ("environ", "banner"),
    [
        ({}, NO_PROVIDER),
        ({"OPENAI_API_KEY": "k"}, "Your questions go to OpenAI."),
        (
            {"ABI_PROVIDER": "mistral", "OPENAI_API_KEY": "k", "MISTRAL_API_KEY": "k"},
            "Your questions go to Mistral.",
        ),
    ],
)
async def test_the_banner_says_which_model_answers(environ: dict[str, str], banner: str) -> None:
    async with Sandbox(load(environ), environ, port=0, start=start_inside) as sandbox:
        assert sandbox.banner == banner


async def test_the_story_lies_in_the_past_and_new_messages_do_not() -> None:
    async with Sandbox(load({}), {}, port=0, start=start_inside) as sandbox:
        world = sandbox.discord.world
        (planning,) = [c for c in world.channels.values() if c.name == "planning"]
        told = [message.created for message in planning.messages.values()]
        now = sandbox.discord.clock()
    assert told == sorted(told)
    assert 86_400 > now - told[0] > 80_000
    assert now - told[-1] > 600
