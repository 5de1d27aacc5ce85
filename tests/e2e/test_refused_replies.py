"""Discord refuses what people wrote: each command still replies, and no reminder is lost."""

from datetime import UTC, datetime

import pytest

from bot.sandbox.discord_server import Message
from bot.sandbox.model_server import Reply
from connectors.local_scheduler import State
from tests.e2e.test_digests import digest, furnished
from tests.e2e.test_reminders import (
    ago,
    delivered,
    in_berlin,
    kept,
    let_come,
    posts,
    remind,
    seen,
    until_kept,
)
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


BAD = "slur"
LINK = "https://evil.example/a"


def in_files(message: Message) -> str:
    return "\n".join(file.data.decode() for file in message.attachments)


@pytest.mark.parametrize(("code", "status"), [(240000, 400), (50035, 400), (240000, 403)])
async def test_a_reminder_comes_without_its_link(world: World, code: int, status: int) -> None:
    world.discord.refuse_word("evil.example", code, status=status)
    await remind(world, text=f"read {LINK}")
    message = await let_come(world)
    assert message.content.startswith(f"⏰ <@{world.alice.id}> read evil·example/a")
    assert message.pings
    assert message.buttons()


async def test_a_reminder_comes_with_its_text_as_a_file(world: World) -> None:
    world.discord.refuse_word(BAD)
    await remind(world, text=f"a {BAD}")
    message = await let_come(world)
    assert message.content == (
        f"⏰ <@{world.alice.id}> A reminder of yours is due.\n"
        "-# Discord refuses to show the text, so it is in this file."
    )
    assert f"a {BAD}" in in_files(message)
    assert message.buttons()
    await until_kept(world, lambda jobs: not jobs)


async def test_a_reminder_that_a_servers_filter_refuses_comes_as_a_direct_message(
    world: World,
) -> None:
    world.discord.refuse_word(BAD, 200000)
    await remind(world, text=f"a {BAD}")
    (job,) = await kept(world)
    await world.bot.services.scheduler.change(
        job.id, owner_id=job.owner_id, next_run=ago(seconds=1)
    )
    message = await delivered(world, world.discord.dm(world.alice))
    assert "The filter of <#" in message.content
    assert f"a {BAD}" in in_files(message)
    assert posts(world, world.channel) == []


async def test_who_takes_no_direct_messages_reads_it_in_the_channel(world: World) -> None:
    world.alice.blocks_dms = True
    world.discord.refuse_word(BAD, 200000)
    await remind(world, text=f"a {BAD}")
    message = await let_come(world)
    assert "A reminder of yours is due." in message.content
    assert f"a {BAD}" in in_files(message)


async def test_a_reminder_that_repeats_goes_on_after_a_refusal(world: World) -> None:
    world.discord.refuse_word(BAD)
    await in_berlin(world)
    await remind(world, "every day at 9:00", text=f"a {BAD}")
    await let_come(world)
    now = datetime.now(UTC)
    await until_kept(world, lambda jobs: jobs[0].next_run > now)
    (job,) = await kept(world)
    assert job.state is State.ACTIVE


async def test_reminders_that_came_due_long_ago_are_listed_in_a_file(world: World) -> None:
    world.discord.refuse_word(BAD)
    for number in range(2):
        await remind(world, text=f"{BAD} {number}")
    for job in await kept(world):
        await world.bot.services.scheduler.change(
            job.id, owner_id=job.owner_id, next_run=ago(hours=30)
        )
    message = await delivered(world, world.discord.dm(world.alice))
    assert "I was offline when 2 reminders came due" in message.content
    assert f"{BAD} 0" in in_files(message)
    assert f"{BAD} 1" in in_files(message)


async def test_a_list_of_reminders_is_shown_as_a_file(world: World) -> None:
    await remind(world, text=f"a {BAD}")
    world.discord.refuse_word(BAD)
    asked = await world.discord.slash(world.alice, world.channel, "reminders")
    message = await seen(world, asked)
    assert message.content == "-# Discord refuses to show the text, so it is in this file."
    assert f"a {BAD}" in in_files(message)
    assert message.components


async def test_a_reminder_chosen_from_the_list_is_shown_with_its_text_as_a_file(
    world: World,
) -> None:
    await remind(world, text=f"a {BAD}")
    asked = await world.discord.slash(world.alice, world.channel, "reminders")
    message = await seen(world, asked)
    world.discord.refuse_word(BAD)
    (job,) = await kept(world)
    await world.discord.select(world.alice, message, "abi:reminders", [job.id])
    await world.discord.until(lambda: message.attachments, why="the file")
    assert message.content.startswith("<t:")
    assert [b["label"] for b in message.buttons()][:2] == ["Edit", "Snooze"]


async def test_a_phrase_nobody_reads_is_answered_whatever_it_holds(world: World) -> None:
    world.discord.refuse_word(BAD)
    message = await remind(world, f"some {BAD}", "tea")
    assert message.content
    assert BAD not in message.content


async def test_what_cannot_be_asked_back_says_what_to_do(world: World) -> None:
    world.discord.refuse_word(BAD)
    message = await remind(world, "tomorrow 9:00", f"a {BAD}")
    assert message.content.startswith(
        "Discord refuses to show what you typed, so I cannot ask about it"
    )
    assert in_files(message) == f"a {BAD}"
    assert message.components == []
    assert await kept(world) == []


@pytest.mark.parametrize("text", [f"a {BAD}", f"a {BAD}\nin two lines"])
async def test_a_confirmation_says_when_also_where_the_text_is_refused(
    world: World, text: str
) -> None:
    world.discord.refuse_word(BAD)
    message = await remind(world, text=text)
    assert message.content.startswith("Got it: I will remind you <t:")
    assert BAD in in_files(message)
    assert [b["label"] for b in message.buttons()] == ["Change", "Cancel"]


async def test_a_reminder_with_a_refusal_that_nobody_knows_still_comes(world: World) -> None:
    world.discord.refuse_word(BAD, 987654, status=403)
    await remind(world, text=f"a {BAD}")
    message = await let_come(world)
    assert f"a {BAD}" in in_files(message)


async def test_a_reminder_is_cancelled_whatever_it_says(world: World) -> None:
    message = await remind(world, text=f"a {BAD}")
    world.discord.refuse_word(BAD)
    await world.discord.click(world.alice, message, "Cancel")
    await world.discord.until(lambda: "refuses" in message.content, why="the end of it")
    assert await kept(world) == []


async def test_a_reminder_that_was_delivered_is_done_whatever_it_says(world: World) -> None:
    await remind(world, text=f"a {BAD}")
    message = await let_come(world)
    world.discord.refuse_word(BAD)
    await world.discord.click(world.alice, message, "Done")
    await world.discord.until(lambda: not message.buttons(), why="the buttons to go")


async def test_thinking_is_shown_as_a_file(world: World) -> None:
    world.discord.refuse_word(BAD)
    world.openai.script.append(Reply(reasoning=[f"A {BAD}."], chunks=["Yes."]))
    asked = await world.ask("hello")
    await world.end(asked)
    pressed = await world.discord.click(world.alice, asked.messages[0], "Show thinking")
    thinking = await seen(world, pressed)
    assert in_files(thinking) == f"A {BAD}."
    assert thinking.ephemeral


async def test_an_error_that_quotes_what_is_refused_is_said_in_other_words(world: World) -> None:
    world.discord.refuse_word(BAD)
    asked = await world.ask("hello", provider=BAD)
    message = await seen(world, asked)
    assert message.content.startswith("I could not do that. Try again in other words.")
    assert message.ephemeral


async def test_a_digest_that_is_refused_is_posted_as_a_file_and_told_once(world: World) -> None:
    await furnished(world)
    await in_berlin(world)
    await digest(world, "add", channel=world.channel, when="every day at 18:00", minimum=1)
    world.discord.refuse_word("broken")
    await digest(world, "now")
    await world.discord.until(lambda: any(m.attachments for m in world.read()), why="the digest")
    assert sum("oven is broken" in in_files(m) for m in world.read()) == 1


async def test_a_status_that_is_refused_is_shown_as_a_file(world: World) -> None:
    world.discord.refuse_word("sandbox-small")
    asked = await world.discord.slash(world.alice, world.channel, "providers")
    message = await seen(world, asked)
    assert "sandbox-small" in in_files(message)
    assert message.buttons()
    world.discord.allow_words()
    await world.discord.click(world.alice, message, "Refresh")
    await world.discord.until(lambda: "sandbox-small" in message.content, why="the status")
    assert message.attachments == []
