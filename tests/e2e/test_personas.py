import pytest

from bot.sandbox.discord_server import Channel, User
from tests.e2e.test_chat import answer, asked, call, post, thread_of
from tests.e2e.test_settings import said
from tests.e2e.world import World, is_end

MANAGE_CHANNELS = 1 << 4


async def run(
    world: World, command: str, user: User, place: Channel | None = None, **options: object
) -> str:
    """Run a command and return what it answers, which only this person sees."""
    used = await world.discord.slash(user, place or world.channel, f"persona {command}", options)
    return (await said(world, used)).content


def system(world: World) -> str:
    """Return the system prompt of the last request."""
    first: dict[str, str] = world.openai.requests[-1]["messages"][0]
    return first["content"] if first["role"] == "system" else ""


@pytest.fixture
def boss(world: World) -> User:
    role = world.discord.add_role(world.guild, "boss", permissions=MANAGE_CHANNELS)
    boss = world.discord.add_user("boss")
    world.discord.add_member(world.guild, boss, [role])
    return boss


async def test_a_channels_persona_answers_there_and_in_its_threads(
    world: World, boss: User
) -> None:
    said = await run(world, "set", world.alice, name="Pirate", prompt="Say arr.")
    assert said.startswith("You need the *Manage Channels* permission")
    said = await run(world, "set", boss, name="Pirate", prompt="Say arr.")
    assert said == "`Pirate` answers in this channel from now on."
    first = await answer(world, await post(world, f"{call(world)} hello"))
    assert system(world).startswith("Say arr.\n")
    assert 'the channel "general" of the server "Kitchen"' in system(world)
    assert asked(world) == ["hello"]
    thread = await thread_of(world, first)
    await answer(world, await post(world, f"{call(world)} again", thread))
    assert system(world).startswith("Say arr.\n")
    used = await world.ask("and by a command?", user=boss)
    await world.discord.until(lambda: any(map(is_end, used.messages)), why="an end")
    assert system(world).startswith("Say arr.\n")


async def test_a_thread_that_one_started_and_direct_messages_are_ones_own(world: World) -> None:
    first = await answer(world, await post(world, f"{call(world)} hello"))
    thread = await thread_of(world, first)
    refused = await run(world, "set", world.bob, thread, name="Poet", prompt="Rhyme.")
    assert refused.startswith("Only the person who started this thread")
    said = await run(world, "set", world.alice, thread, name="Poet", prompt="Rhyme.")
    assert said == "`Poet` answers in this conversation from now on."
    dm = world.discord.dm(world.alice)
    assert "`Tutor`" in await run(world, "set", world.alice, dm, name="Tutor", prompt="Ask back.")
    assert "Ask back." in await run(world, "show", world.alice, dm)
    assert "`Poet`: <#" in await run(world, "list", world.alice, thread)
    assert "no persona of its own any more" in await run(world, "clear", world.alice, dm)
    assert "built-in" in await run(world, "show", world.alice, dm)
