"""Answers after a restart: they go on in their messages, and their buttons still work."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.answers.dependencies import Dependencies
from bot.answers.origin import Origin
from bot.answers.record import Record
from bot.answers.service import Answers
from bot.answers.texts import FORGOTTEN
from bot.providers.question import Question
from bot.sandbox.discord_server import Fault, Interaction
from bot.sandbox.model_server import Reply
from connectors.discord import DiscordRest, load_from_env
from connectors.local_scheduler import Config, LocalScheduler, Pace, Retry, Running, Settled
from tests.e2e.world import World, below_heading, is_end

RESUMED = "-# OpenAI · sandbox-small · continued after: I was restarted."


def kept(data_dir: Path) -> list[dict[str, str]]:
    """Return the rows of the ledger."""
    with sqlite3.connect(data_dir / "abi.db") as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM jobs ORDER BY created_at")]


async def restart(world: World) -> None:
    await world.stop_bot()
    await world.start_bot()


async def test_an_answer_cut_off_by_a_restart_goes_on_in_its_message(world: World) -> None:
    world.openai.script += [
        Reply(chunks=["One, ", "two,"], end="hang"),
        Reply(chunks=[" three", "."]),
    ]
    asked = await world.ask("count")
    await world.shows(asked, "One, two,")
    await world.stop_bot()
    assert below_heading(asked.messages[0]) == (
        "One, two,\n-# I am being restarted. This goes on as soon as I am back."
    )
    await world.start_bot()
    assert await world.end_after_restart(asked) == f"One, two, three.\n{RESUMED}"
    sent = world.openai.requests[-1]["messages"]
    assert [m["content"] for m in sent[:2]] == ["count", "One, two,"]


async def test_a_question_without_a_word_of_an_answer_is_asked_again(world: World) -> None:
    world.openai.script += [Reply(first_byte=asyncio.Event()), Reply(chunks=["Four."])]
    asked = await world.ask("2+2")
    await world.openai.until(lambda: bool(world.openai.requests))
    await restart(world)
    assert (await world.end_after_restart(asked)).startswith("Four.\n")
    assert world.openai.requests[0] == world.openai.requests[1]


async def test_what_was_read_whole_is_not_paid_for_again(world: World) -> None:
    world.openai.script.append(
        Reply(chunks=["One, ", "two."], gates={1: (gate := asyncio.Event())})
    )
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    fault = world.discord.inject(Fault("PATCH", "/webhooks/.*", status=503, times=999))
    gate.set()
    await world.openai.until(lambda: world.openai.open_streams == 0)
    await world.stop_bot()
    assert fault.seen
    world.discord.clear_faults()
    await world.start_bot()
    assert (await world.end_after_restart(asked)).startswith("One, two.\n")
    assert len(world.openai.requests) == 1


async def test_buttons_work_after_a_restart(world: World) -> None:
    world.openai.script += [
        Reply(reasoning=["Let me see."], chunks=["One, two,"], finish_reason="length"),
        Reply(chunks=[" three."]),
        Reply(chunks=["Anew."]),
    ]
    asked = await world.ask("count")
    await world.end(asked)
    await restart(world)
    end = asked.messages[-1]
    shown = await world.discord.click(world.bob, end, "Show thinking")
    await world.discord.until(lambda: shown.messages, why="the thinking")
    assert shown.messages[0].content == "Let me see."
    on = await world.discord.click(world.alice, end, "Continue")
    await world.shows(on, " three.")
    assert [m["content"] for m in world.openai.requests[-1]["messages"]][:2] == [
        "count",
        "One, two,",
    ]
    again = await world.discord.click(world.alice, end, "Ask again")
    await world.shows(again, "Anew.")
    assert world.openai.requests[-1]["messages"] == [{"role": "user", "content": "count"}]


async def test_stop_works_after_a_restart(world: World) -> None:
    world.openai.script += [
        Reply(chunks=["One, "], end="hang"),
        Reply(chunks=["two,"], end="hang"),
    ]
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    await restart(world)
    await world.shows(asked, "two,")
    await world.discord.click(world.alice, asked.messages[0], "Stop")
    assert await world.end(asked) == "One, two,\n-# Stopped. Press *Continue* for the rest."


@asynccontextmanager
async def another_process(world: World) -> AsyncIterator[Answers]:
    """Give the answers of a second process on the same ledger."""
    bot = world.bot
    config = load_from_env(
        {"DISCORD_BOT_TOKEN": world.discord.token, "DISCORD_API_URL": world.discord.api_url}
    )
    rest = DiscordRest(config, bot.services.connectors.transport)
    scheduler = LocalScheduler(Config(world.settings.data_dir))
    answers = Answers(
        scheduler,
        Dependencies(bot.services.connectors, bot.services.catalog, bot.services.routing, rest),
    )
    await scheduler.start()
    yield answers
    await scheduler.aclose(grace_s=0.0)


async def test_an_answer_that_another_process_writes_can_be_stopped(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One, "], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    async with another_process(world) as answers:
        (row,) = kept(world.settings.data_dir)
        await answers.stop(row["id"], user_id=world.alice.id, is_moderator=False)
        await world.discord.until(lambda: is_end(asked.messages[0]), why="an end")
    world.assert_one_end(asked)
    assert below_heading(asked.messages[0]) == "One,\n-# Stopped. Press *Continue* for the rest."
    assert len(world.openai.requests) == 1


async def test_an_answer_left_for_hours_is_closed_in_place(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One, two,"], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One, two,")
    await world.stop_bot()
    with sqlite3.connect(world.settings.data_dir / "abi.db") as connection:
        connection.execute("UPDATE jobs SET created_at = created_at - 2 * 3600 * 1000000")
    asked.expire()
    await world.start_bot()
    assert await world.end_after_restart(asked) == (
        "One, two,\n⚠️ I was interrupted here. Press *Continue* for the rest."
    )
    assert len(world.openai.requests) == 1


async def test_where_the_ledger_is_not_kept_the_answer_is_closed_by_a_stop(world: World) -> None:
    await world.stop_bot()
    world.settings = replace(world.settings, is_lasting=False)
    await world.start_bot()
    world.openai.script.append(Reply(chunks=["Still"], end="hang"))
    asked = await world.ask("one")
    await world.shows(asked, "Still")
    await world.stop_bot()
    assert below_heading(asked.messages[0]) == (
        "Still\n⚠️ I am being restarted and had to stop here. Ask again in a minute."
    )
    assert [b["label"] for b in asked.messages[0].buttons()] == ["Ask again"]


async def test_a_bot_that_is_stopping_takes_no_new_question(world: World) -> None:
    world.openai.script.append(Reply(chunks=["Still "], gates={0: (gate := asyncio.Event())}))
    asked = await world.ask("one")
    await world.openai.until(lambda: bool(world.openai.requests))
    closing = asyncio.create_task(world.bot.close())
    await asyncio.sleep(0)
    late = await world.ask("two")
    await world.discord.until(lambda: late.messages, why="a refusal")
    assert late.messages[0].content == "I am restarting. Try again in a minute."
    gate.set()
    await closing
    assert "Still" in asked.messages[0].content, "what is nearly done is finished"


async def test_what_has_ended_keeps_no_token(world: World) -> None:
    asked = await world.ask("count")
    await world.end(asked)
    await world.stop_bot()
    (row,) = kept(world.settings.data_dir)
    assert row["state"] == "settled"
    assert asked.token not in json.dumps(row)
    assert json.loads(row["draft"])["heard"]["text"] == "A short answer."


async def test_a_question_that_discord_no_longer_waits_for_is_not_answered(world: World) -> None:
    gone = {"message": "Unknown interaction", "code": 10062}
    fault = world.discord.inject(Fault("POST", "/interactions/.*", status=404, json=gone))
    await world.ask("too late")
    await world.discord.until(lambda: bool(fault.seen), why="the refusal")
    await world.stop_bot()
    (row,) = kept(world.settings.data_dir)
    assert (row["state"], row["reason"]) == ("settled", "cancelled")
    assert world.openai.requests == []


async def test_an_answer_the_ledger_never_knew_says_so(world: World) -> None:
    asked = await world.ask("count")
    await world.end(asked)
    await world.stop_bot()
    with sqlite3.connect(world.settings.data_dir / "abi.db") as connection:
        connection.execute("DELETE FROM jobs")
    await world.start_bot()
    clicked = await world.discord.click(world.alice, asked.messages[-1], "Ask again")
    await world.discord.until(lambda: clicked.messages, why="a reply")
    assert clicked.messages[0].content == FORGOTTEN


async def test_a_row_that_cannot_be_read_ends_its_answer_and_is_parked(world: World) -> None:
    world.openai.script.append(Reply(chunks=["One, "], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    await world.stop_bot()
    with sqlite3.connect(world.settings.data_dir / "abi.db") as connection:
        connection.execute("UPDATE jobs SET payload = json_remove(payload, '$.question')")
    await world.start_bot()
    assert await world.end_after_restart(asked) == f"⚠️ {FORGOTTEN}"
    clicked = await world.discord.click(world.alice, asked.messages[-1], "Ask again")
    await world.discord.until(lambda: clicked.messages, why="a reply")
    assert clicked.messages[0].content == FORGOTTEN
    await world.stop_bot()
    (row,) = kept(world.settings.data_dir)
    assert (row["state"], len(world.openai.requests)) == ("parked", 1)
    assert "`question`" in row["reason"]


async def test_without_a_database_an_answer_is_written_and_its_buttons_know_it(
    world: World,
) -> None:
    await world.lose_database()
    world.openai.script += [
        Reply(chunks=["One, two,"], finish_reason="length"),
        Reply(chunks=["three"]),
    ]
    asked = await world.ask("count")
    await world.end(asked)
    on = await world.discord.click(world.alice, asked.messages[-1], "Continue")
    await world.shows(on, "three")


async def claim(world: World, answer_id: str, folder: Path) -> Running:
    """Return a claim on an answer of this id, as a ledger gives it that had taken it after all."""
    origin = Origin(
        application_id=world.discord.application_id,
        token="",
        interaction_id=1,
        channel_id=world.channel.id,
        guild_id=world.guild.id,
        user_id=world.alice.id,
        private=False,
        expires_at=0.0,
    )
    scheduler = LocalScheduler(Config(folder))
    scheduler.handler("answer", world.bot.services.answers.run)
    held = await scheduler.hold(Record(answer_id, Question("count"), origin).new_job())
    await scheduler.aclose()
    return held


def answer_id(asked: Interaction) -> str:
    return str(asked.messages[-1].buttons()[0]["custom_id"]).rsplit(":", 1)[1]


async def test_an_answer_that_the_ledger_took_too_late_is_not_written_twice(
    world: World, tmp_path: Path
) -> None:
    await world.lose_database()
    asked = await world.ask("count")
    await world.end(asked)
    outcome = await world.bot.services.answers.run(await claim(world, answer_id(asked), tmp_path))
    assert isinstance(outcome, Settled)
    await world.end(asked)
    assert len(world.openai.requests) == 1


async def test_an_answer_under_way_is_not_begun_a_second_time(world: World, tmp_path: Path) -> None:
    world.openai.script.append(Reply(chunks=["One"], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One")
    outcome = await world.bot.services.answers.run(await claim(world, answer_id(asked), tmp_path))
    assert isinstance(outcome, Retry)
    assert len(world.openai.requests) == 1


async def test_the_ledger_knows_of_a_message_as_soon_as_it_stands(world: World) -> None:
    world.job_pace = Pace(checkpoint_s=3600.0)
    await restart(world)
    world.openai.script.append(Reply(chunks=["One"], end="hang"))
    asked = await world.ask("count")
    await world.shows(asked, "One")
    async with asyncio.timeout(30):
        while not (draft := json.loads(kept(world.settings.data_dir)[0]["draft"])):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the bot hears of the message after everybody else
    assert draft["screen"]["messages"] == [str(asked.messages[0].id)]


async def test_after_a_stop_elsewhere_the_writer_shows_nothing_more(world: World) -> None:
    gate = asyncio.Event()
    world.openai.script.append(Reply(chunks=["One, ", "two."], gates={1: gate}))
    asked = await world.ask("count")
    await world.shows(asked, "One,")
    async with another_process(world) as answers:
        (row,) = kept(world.settings.data_dir)
        await answers.stop(row["id"], user_id=world.alice.id, is_moderator=False)
        await world.discord.until(lambda: is_end(asked.messages[0]), why="an end")
        gate.set()
        await world.openai.until(lambda: world.openai.open_streams == 0)
        await world.end(asked)
    assert below_heading(asked.messages[0]) == "One,\n-# Stopped. Press *Continue* for the rest."
