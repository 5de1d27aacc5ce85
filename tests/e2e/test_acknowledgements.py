"""First responses whose reply is lost, or that another process sends: each question ends once."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import Bot
from bot.sandbox.discord_server import Fault, Interaction
from bot.sandbox.model_server import Reply
from connectors import PROVIDERS, Connectors
from connectors.discord import load_from_env
from connectors.http.transport import Transport
from tests.e2e.test_digests import furnished
from tests.e2e.test_reminders import kept, remind, seen
from tests.e2e.world import SPOKEN_FOR, World, is_end, no_wait
from tests.rows import each
from tests.sandbox import plain_client

CALLBACK = r"/interactions/.*/callback"
LOST: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "502": {"status": 502, "html": True},
    "503": {"status": 503},
    "dropped": {"drop": True},
    "silent": {"hold": asyncio.Event()},
    "each time": {"status": 500, "times": 9},
}


def lose(world: World, how: str, *, after_effect: bool = True) -> Fault:
    return world.discord.inject(Fault("POST", CALLBACK, after_effect=after_effect, **LOST[how]))


def other_bot(world: World, data_dir: Path | None = None) -> Bot:
    """Return a second process with the same token.

    With a folder of its own it knows nothing of the first.
    """
    connectors = Connectors(
        world.environ,
        providers={name: PROVIDERS[name] for name in SPOKEN_FOR},
        transport=Transport(sleep=no_wait),
    )
    environ = {"DISCORD_BOT_TOKEN": world.discord.token, "DISCORD_API_URL": world.discord.api_url}
    settings = world.settings if data_dir is None else replace(world.settings, data_dir=data_dir)
    return Bot(settings, connectors, load_from_env(environ), pace_s=0.05)


@asynccontextmanager
async def running(world: World, bot: Bot) -> AsyncIterator[Bot]:
    task = asyncio.create_task(bot.run_until_closed())
    await world.discord.until(bot.is_ready, why="the second process")
    try:
        yield bot
    finally:
        await bot.close()
        await task


@each("how", LOST)
async def test_a_question_whose_acknowledgement_was_lost_is_answered(
    world: World, how: str
) -> None:
    world.begin_anew()
    lost = lose(world, how)
    assert (await world.end(await world.ask("hello"))).startswith("A short answer.")
    assert lost.seen >= 1
    assert len(world.openai.requests) == 1


@each("how", ["500", "dropped"])
async def test_an_acknowledgement_that_did_not_arrive_is_given_again(
    world: World, how: str
) -> None:
    world.begin_anew()
    lose(world, how, after_effect=False)
    assert (await world.end(await world.ask("hello"))).startswith("A short answer.")


async def shown(world: World, asked: Interaction, text: str) -> None:
    await world.discord.until(
        lambda: any(text in m.content and not m.loading for m in asked.messages),
        why=f"{text!r}",
    )


COMMANDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "model": ("model", {}, "Questions asked here go to"),
    "providers": ("providers", {}, "OpenAI"),
    "remind": ("remind", {"when": "in 1 hour", "text": "tea"}, "<t:"),
    "a phrase nobody reads": ("remind", {"when": "gestern", "text": "tea"}, "gestern"),
    "reminders": ("reminders", {}, "You have no reminders"),
    "timezone": ("timezone", {"zone": "Europe/Berlin"}, "Europe/Berlin"),
    "timezone of nobody": ("timezone", {"zone": "Atlantis"}, "time zone"),
    "private": ("ask", {"prompt": "hello", "private": True}, "A short answer."),
    "no question": ("ask", {"prompt": "   "}, "The question is empty."),
    "an unknown provider": ("ask", {"prompt": "hi", "provider": "nobody"}, "nobody"),
    "digest list": ("digest list", {}, "This server has no digests."),
}


@each("case, how", [(case, how) for case in COMMANDS for how in ("502", "dropped")])
async def test_every_command_goes_on(world: World, case: str, how: str) -> None:
    world.begin_anew()
    if "digest" in case:
        await furnished(world)
    command, options, expected = COMMANDS[case]
    lost = lose(world, how)
    asked = await world.discord.slash(world.alice, world.channel, command, options)
    await shown(world, asked, expected)
    assert lost.seen == 1
    assert len(asked.messages) == 1
    if case == "remind":
        assert len(await kept(world)) == 1


async def test_a_reminder_about_a_message_opens_its_form(world: World) -> None:
    message = await world.discord.post(world.bob, world.channel, "look")
    lose(world, "502")
    asked = await world.discord.context(
        world.alice, world.channel, "Remind me about this", message=message
    )
    await world.discord.until(lambda: asked.modal, why="the form")
    await world.discord.until(lambda: world.discord.requests[-1].status == 400, why="a second try")
    lose(world, "dropped")
    sent = await world.discord.submit(world.alice, asked, {"when": "in 1 hour", "text": "tea"})
    await shown(world, sent, "<t:")
    assert len(await kept(world)) == 1


async def test_a_form_that_must_wait_its_turn_opens(world: World) -> None:
    message = await remind(world)
    limit = world.discord.inject(Fault("POST", CALLBACK, status=429, retry_after=0.1))
    lose(world, "502")
    pressed = await world.discord.click(world.alice, message, "Change")
    await world.discord.until(lambda: pressed.modal, why="the form")
    assert limit.seen == 1
    assert len(world.read()) == 1


Press = Callable[[World], Awaitable[None]]


async def stop(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One, "], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    lose(world, "502")
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    await world.discord.until(lambda: is_end(asked.messages[0]), why="an end")


async def go_on(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One, "], finish_reason="length"))
    asked = await world.ask("count")
    await world.end(asked)
    lose(world, "dropped")
    again = await world.discord.click(world.alice, asked.messages[0], "Continue")
    await shown(world, again, "A short answer.")


async def ask_again(world: World) -> None:
    asked = await world.ask("count")
    await world.end(asked)
    lose(world, "502")
    again = await world.discord.click(world.alice, asked.messages[0], "Ask again")
    await shown(world, again, "A short answer.")


async def show_thinking(world: World) -> None:
    world.openai.script.append(Reply(reasoning=["Hmm."], chunks=["Yes."]))
    asked = await world.ask("count")
    await world.end(asked)
    lose(world, "502")
    thinking = await world.discord.click(world.alice, asked.messages[0], "Show thinking")
    await shown(world, thinking, "Hmm.")
    assert len(thinking.messages) == 1


async def refresh(world: World) -> None:
    asked = await world.discord.slash(world.alice, world.channel, "providers")
    status = await seen(world, asked)
    edits = status.edits
    lose(world, "dropped")
    await world.discord.click(world.alice, status, "Refresh")
    await world.discord.until(lambda: status.edits > edits, why="a fresh status")


async def cancel(world: World) -> None:
    message = await remind(world)
    lose(world, "502")
    await world.discord.click(world.alice, message, "Cancel")
    await world.discord.until(lambda: "Cancelled: tea" in message.content, why="the end of it")
    assert await kept(world) == []


async def change(world: World) -> None:
    message = await remind(world)
    lose(world, "dropped")
    pressed = await world.discord.click(world.alice, message, "Change")
    await world.discord.until(lambda: pressed.modal, why="the form")
    lose(world, "502")
    await world.discord.submit(world.alice, pressed, {"when": "in 2 hours", "text": "coffee"})
    await world.discord.until(lambda: message.edits, why="the change")
    assert [job.payload["text"] for job in await kept(world)] == ["coffee"]


async def choose_zone(world: World) -> None:
    message = await remind(world, "tomorrow 9:00")
    lose(world, "502")
    (custom_id,) = [
        part["custom_id"]
        for row in message.components
        for part in row["components"]
        if part["type"] == 3
    ]
    await world.discord.select(world.alice, message, custom_id, ["Europe/Berlin"])
    await world.discord.until(lambda: "abi:zone" not in str(message.components), why="the reminder")
    assert len(await kept(world)) == 1


@each("press", [stop, go_on, ask_again, show_thinking, refresh, cancel, change, choose_zone])
async def test_every_button_goes_on(world: World, press: Press) -> None:
    world.begin_anew()
    await press(world)


async def acknowledge_elsewhere(world: World, asked: Interaction) -> None:
    """Answer first as another process, of which we know nothing."""
    url = f"{world.discord.api_url}/interactions/{asked.id}/{asked.token}/callback"
    async with plain_client() as client:
        (await client.post(url, json={"type": 5})).raise_for_status()


async def refused_as_taken(world: World, command: str, options: dict[str, Any]) -> Interaction:
    """Acknowledge a command as somebody else, and wait until we know."""
    held = asyncio.Event()
    world.discord.response_deadline_s = 60.0  # the machine may be slow
    before = world.discord.inject(Fault("POST", CALLBACK, hold=held))
    asked = await world.discord.slash(world.alice, world.channel, command, options)
    await world.discord.until(lambda: before.seen, why="our own try")
    await acknowledge_elsewhere(world, asked)
    held.set()
    await world.discord.until(
        lambda: any(
            r.status == 400 and re.fullmatch(CALLBACK, r.path) for r in world.discord.requests
        ),
        why="a refusal",
    )
    return asked


async def fill_elsewhere(world: World, asked: Interaction) -> None:
    application_id = world.discord.application_id
    url = f"{world.discord.api_url}/webhooks/{application_id}/{asked.token}/messages/@original"
    async with plain_client() as client:
        (await client.patch(url, json={"content": "from elsewhere"})).raise_for_status()


async def test_a_question_that_another_process_answers_is_left_to_it(world: World) -> None:
    asked = await refused_as_taken(world, "ask", {"prompt": "hello"})
    await fill_elsewhere(world, asked)
    accepting = world.bot.services.answers._at_work._accepting
    await world.discord.until(lambda: not accepting, why="a decision")
    assert [m.content for m in asked.messages] == ["from elsewhere"]
    assert world.openai.requests == []


async def test_a_question_that_nobody_else_answers_is_answered(world: World) -> None:
    asked = await refused_as_taken(world, "ask", {"prompt": "hello"})
    assert (await world.end(asked)).startswith("A short answer.")


NOT_DONE: list[dict[str, Any]] = [
    {"status": 400, "json": {"code": 40060, "message": "already acknowledged"}},
    {"status": 403, "json": {"code": 0, "message": "Forbidden"}},
    {"status": 429, "retry_after": 0.0, "times": 4},
    {"status": 500, "times": 4},
]


@each("how", NOT_DONE)
async def test_a_question_whose_token_is_of_no_use_is_answered_in_the_channel(
    world: World, how: dict[str, Any]
) -> None:
    world.begin_anew()
    world.discord.inject(Fault("POST", CALLBACK, **how))
    asked = await world.ask("hello")
    read = await world.end_elsewhere(asked)
    assert read.startswith("A short answer.")
    assert asked.messages == []
    assert len(world.openai.requests) == 1


@each("how", NOT_DONE)
async def test_a_reminder_whose_token_is_of_no_use_is_confirmed_as_a_direct_message(
    world: World, how: dict[str, Any]
) -> None:
    world.begin_anew()
    world.discord.inject(Fault("POST", CALLBACK, **how))
    asked = await world.discord.slash(
        world.alice, world.channel, "remind", {"when": "in 1 hour", "text": "tea"}
    )
    await world.discord.until(world.read, why="a direct message")
    (said,) = world.read()
    assert said.content.startswith("Got it: I will remind you <t:")
    assert (asked.messages, said.pings) == ([], set())
    assert len(await kept(world)) == 1


async def test_a_reminder_that_somebody_else_acknowledged_is_confirmed_in_that_place(
    world: World,
) -> None:
    asked = await refused_as_taken(world, "remind", {"when": "in 1 hour", "text": "tea"})
    await shown(world, asked, "Got it: ")
    assert (len(asked.messages), len(await kept(world))) == (1, 1)


@pytest.mark.parametrize("is_shared", [True, False], ids=["one ledger", "two ledgers"])
async def test_two_processes_that_see_the_same_question_give_one_answer(
    world: World, tmp_path: Path, is_shared: bool
) -> None:
    async with running(world, other_bot(world, None if is_shared else tmp_path)) as other:
        for number in range(5):
            asked = await world.ask(f"question {number}")
            await world.discord.until(lambda asked=asked: any(map(is_end, asked.messages)))  # type: ignore[misc]
            for bot in (world.bot, other):
                await bot.services.answers.settled(10.0)
            assert len([m for m in asked.messages if is_end(m)]) == 1
            assert len(world.openai.requests) == number + 1
            reminder = await world.discord.slash(
                world.bob, world.channel, "remind", {"when": "in 1 hour", "text": f"tea {number}"}
            )
            await shown(world, reminder, "<t:")
            assert len(reminder.messages) == 1
        assert len(await kept(world, world.bob)) == 5


async def test_two_processes_with_one_ledger_and_a_lost_answer_give_one_answer(
    world: World,
) -> None:
    async with running(world, other_bot(world)) as other:
        world.discord.inject(Fault("POST", CALLBACK, times=2, status=500, after_effect=True))
        asked = await world.ask("hello")
        await world.discord.until(lambda: any(map(is_end, asked.messages)), why="an end")
        for bot in (world.bot, other):
            await bot.services.answers.settled(10.0)
        world.assert_one_end(asked)
        assert len(world.openai.requests) == 1
        again = await world.discord.slash(
            world.bob, world.channel, "remind", {"when": "in 1 hour", "text": "tea"}
        )
        world.discord.inject(Fault("POST", CALLBACK, times=2, status=500, after_effect=True))
        await shown(world, again, "<t:")
        assert len(await kept(world, world.bob)) == 1


async def test_a_completion_whose_answer_was_lost_fails_quietly(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    lost = lose(world, "502")
    await world.discord.autocomplete(
        world.alice, world.channel, "remind", {"when": "in"}, focused="when"
    )
    await remind(world)  # by then it has failed
    assert lost.seen == 1
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []
