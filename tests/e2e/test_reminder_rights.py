"""Rights of people over reminders, also twice or after a change of mind."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from tests.e2e.test_reminders import (
    SEND_MESSAGES,
    choose,
    delivered,
    in_berlin,
    kept,
    let_come,
    remind,
    run,
    seen,
    shows,
    until_one,
    until_settled,
)
from tests.e2e.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


MANAGE_MESSAGES = 1 << 13


@pytest_asyncio.fixture(loop_scope="module")
async def on_database(database_url: str | None) -> AsyncIterator[World]:
    world = World()
    world.settings = replace(world.settings, database_url=database_url)
    async with world:
        yield world


async def test_a_reminder_is_kept_and_sent_on_either_database(on_database: World) -> None:
    await in_berlin(on_database)
    await remind(on_database, "tomorrow 9:00")
    message = await let_come(on_database)
    assert message.content.endswith("> tea")
    await on_database.discord.click(on_database.alice, message, "1 h")
    await shows(on_database, message, "-# Snoozed until <t:")


async def test_who_may_not_write_in_a_channel_is_reminded_elsewhere(world: World) -> None:
    world.discord.set_overwrite(world.channel, world.alice, deny=SEND_MESSAGES)
    said = await remind(world)
    assert said.content.endswith(
        "\n-# I will send it as a direct message, because you cannot post here."
    )
    (job,) = await kept(world)
    assert job.channel_id is None


async def test_a_button_pressed_twice_snoozes_once(world: World) -> None:
    await remind(world)
    message = await let_come(world)
    clicks = [await world.discord.click(world.alice, message, "1 h") for _ in range(2)]
    await world.discord.until(lambda: all(c.is_answered for c in clicks), why="both answers")
    await until_one(world)
    assert "-# Snoozed until <t:" in message.content


@pytest.mark.usefixtures("alone")
async def test_a_reminder_that_cannot_be_done_tells_its_owner(world: World) -> None:
    await remind(world)
    await world.stop_bot()
    with closing(sqlite3.connect(world.settings.data_dir / "abi.db")) as ledger:
        ledger.execute("UPDATE jobs SET draft = 'nonsense', next_run = 0, visible_at = 0")
        ledger.commit()
    await world.start_bot()
    mine = world.discord.dm(world.alice)
    await world.discord.until(lambda: world.discord.messages(mine), why="the reason")
    (told,) = world.discord.messages(mine)
    assert told.content.startswith(
        "⚠️ I could not deliver a reminder: its payload or draft is not a JSON"
    )
    assert "not delivered" in (await run(world, "reminders")).content


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("payload", ['{"txt": "tea"}', '{"text": 5}'])
async def test_a_reminder_whose_text_cannot_be_read_waits_and_can_be_mended(
    world: World, payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    await remind(world, text="tea")
    await world.stop_bot()
    with closing(sqlite3.connect(world.settings.data_dir / "abi.db")) as ledger:
        ledger.execute("UPDATE jobs SET payload = ?, next_run = 0, visible_at = 0", [payload])
        ledger.commit()
    await world.start_bot()
    mine = world.discord.dm(world.alice)
    await world.discord.until(lambda: world.discord.messages(mine), why="the reason")
    (told,) = world.discord.messages(mine)
    assert "its stored data cannot be read" in told.content
    assert told.content.endswith("\n>>> (its text can no longer be read)")
    (job,) = await kept(world)
    assert f"reminder {job.id} is parked: its stored data cannot be read" in caplog.text
    one = await choose(world, await run(world, "reminders"), job)
    opened = await world.discord.click(world.alice, one, "Edit")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "in 1 hour", "text": "coffee"})
    await shows(world, one, "I will remind you <t:")
    assert [job.payload for job in await kept(world)] == [{"text": "coffee"}]


async def test_a_snooze_counts_as_a_reminder(world: World) -> None:
    await remind(world)
    message = await let_come(world)
    await until_settled(world)
    for _ in range(25):
        await remind(world)
    clicked = await world.discord.click(world.alice, message, "1 h")
    assert (await seen(world, clicked)).content.startswith("You have 25 reminders")
    assert message.buttons()
    assert len(await kept(world)) == 25


async def test_a_reminder_is_put_off_from_the_list(world: World) -> None:
    await remind(world)
    (job,) = await kept(world)
    one = await choose(world, await run(world, "reminders"), job)
    opened = await world.discord.click(world.alice, one, "Snooze")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "in 6 hours"})
    await shows(world, one, "I will remind you <t:")
    (moved,) = await kept(world)
    assert moved.id == job.id
    assert moved.next_run > datetime.now(UTC) + timedelta(hours=5)


async def test_changing_only_the_text_leaves_the_time_as_it_is(world: World) -> None:
    await in_berlin(world)
    said = await remind(world, "every weekday at 08:30")
    (before,) = await kept(world)
    opened = await world.discord.click(world.alice, said, "Change")
    await world.discord.until(lambda: opened.modal, why="the form")
    sent = await world.discord.submit(world.alice, opened, {"text": "coffee"})
    await world.discord.until(lambda: sent.is_answered, why="the change")
    (after,) = await kept(world)
    assert (after.rule, after.next_run) == (before.rule, before.next_run)
    assert after.payload["text"] == "coffee"


@pytest.mark.usefixtures("alone")
async def test_a_change_that_may_mean_two_times_is_asked_for(world: World) -> None:
    await in_berlin(world)
    said = await remind(world)
    opened = await world.discord.click(world.alice, said, "Change")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "tomorrow at 7", "text": "coffee"})
    await shows(world, said, "Which time do you mean?\n-# when: tomorrow at 7\n>>> coffee")
    await world.stop_bot()
    await world.start_bot()
    labels = [button["label"] for button in said.buttons()]
    assert [label[-5:] for label in labels] == ["07:00", "19:00"]
    await world.discord.click(world.alice, said, labels[1])
    await shows(world, said, "I will remind you <t:")
    (job,) = await kept(world)
    assert (job.wall_time or "").endswith("T19:00:00")
    assert job.payload["text"] == "coffee"


async def test_a_snooze_that_may_mean_two_times_is_asked_for(world: World) -> None:
    await in_berlin(world)
    await remind(world)
    message = await let_come(world)
    opened = await world.discord.click(world.alice, message, "…")
    await world.discord.until(lambda: opened.modal, why="the form")
    sent = await world.discord.submit(world.alice, opened, {"when": "tomorrow at 7"})
    asked = await seen(world, sent)
    assert asked.ephemeral
    await world.discord.click(world.alice, asked, asked.buttons()[1]["label"])
    await shows(world, asked, "Snoozed until <t:")
    await until_one(world)
    (again,) = await kept(world)
    assert again.next_run.astimezone(ZoneInfo("Europe/Berlin")).hour == 19


async def test_a_reminder_is_put_off_to_one_of_two_times(world: World) -> None:
    await in_berlin(world)
    await remind(world)
    (job,) = await kept(world)
    one = await choose(world, await run(world, "reminders"), job)
    opened = await world.discord.click(world.alice, one, "Snooze")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"when": "tomorrow at 7"})
    await shows(world, one, "Which time do you mean?")
    await world.discord.click(world.alice, one, one.buttons()[0]["label"])
    await shows(world, one, "I will remind you <t:")
    (moved,) = await kept(world)
    assert moved.id == job.id
    assert moved.next_run.astimezone(ZoneInfo("Europe/Berlin")).hour == 7


async def test_a_snooze_that_repeats_is_refused(world: World) -> None:
    await in_berlin(world)
    await remind(world)
    message = await let_come(world)
    opened = await world.discord.click(world.alice, message, "…")
    await world.discord.until(lambda: opened.modal, why="the form")
    sent = await world.discord.submit(world.alice, opened, {"when": "every day at 08:30"})
    assert (await seen(world, sent)).content.startswith("A snooze cannot repeat.")
    await until_settled(world)


async def test_what_is_done_can_no_longer_be_cancelled(world: World) -> None:
    said = await remind(world)
    await let_come(world)
    await until_settled(world)
    clicked = await world.discord.click(world.alice, said, "Cancel")
    assert (await seen(world, clicked)).content == (
        "This reminder is already done. Set a new one with `/remind`."
    )


async def test_a_city_that_several_zones_fit_is_asked_for(world: World) -> None:
    asked = await remind(world, "tomorrow 9:00")
    opened = await world.discord.click(world.alice, asked, "Search")
    await world.discord.until(lambda: opened.modal, why="the form")
    await world.discord.submit(world.alice, opened, {"zone": "indiana"})
    await shows(world, asked, "Which of these time zones?")
    place = f"abi:zone:draft:{world.channel.id}"
    await world.discord.select(world.alice, asked, place, ["America/Indiana/Knox"])
    await shows(world, asked, "I will remind you <t:")


async def test_the_list_shows_only_ones_own(world: World) -> None:
    await remind(world, user=world.bob)
    assert (await run(world, "reminders")).content.startswith("You have no reminders.")


async def test_a_direct_message_is_sent_where_it_was_asked_for(world: World) -> None:
    said = await remind(world, where="dm")
    assert said.content.endswith("\n-# I will send it as a direct message.")
    (job,) = await kept(world)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await world.bot.services.scheduler.change(job.id, owner_id=job.owner_id, next_run=past)
    await delivered(world, world.discord.dm(world.alice))


async def test_a_moderator_lists_and_ends_what_others_have_posted_in_a_channel(
    world: World,
) -> None:
    await remind(world, text="buy spam")
    await remind(world, text="a secret", where="dm")
    refused = await world.discord.slash(
        world.bob, world.channel, "reminders", {"channel": world.channel}
    )
    assert "You need the *Manage Messages* permission" in (await seen(world, refused)).content
    world.discord.set_overwrite(world.channel, world.bob, allow=MANAGE_MESSAGES)
    asked = await world.discord.slash(
        world.bob, world.channel, "reminders", {"channel": world.channel}
    )
    listed = await seen(world, asked)
    assert f"<@{world.alice.id}> · buy spam" in listed.content
    assert "secret" not in str(listed.content) + str(listed.components)
    (job,) = [job for job in await kept(world) if job.channel_id]
    select = f"abi:channel:{world.channel.id}"
    await world.discord.select(world.bob, listed, select, [job.id])
    await shows(world, listed, ">>> buy spam")
    for _ in range(2):
        await world.discord.click(world.bob, listed, "End")
    await shows(world, listed, "Ended: buy spam")
    direct = world.discord.dm(world.alice)
    await world.discord.until(lambda: world.discord.messages(direct), why="a notice")
    (told,) = world.discord.messages(direct)
    assert "has ended a reminder of yours.\n>>> buy spam" in told.content
    assert [job.channel_id for job in await kept(world)] == [None]


async def test_who_is_no_longer_a_moderator_ends_nothing(world: World) -> None:
    await remind(world, text="tea")
    world.discord.set_overwrite(world.channel, world.bob, allow=MANAGE_MESSAGES)
    asked = await world.discord.slash(
        world.bob, world.channel, "reminders", {"channel": world.channel}
    )
    listed = await seen(world, asked)
    (job,) = await kept(world)
    world.discord.set_overwrite(world.channel, world.bob)
    select = f"abi:channel:{world.channel.id}"
    pressed = await world.discord.select(world.bob, listed, select, [job.id])
    assert "You need the *Manage Messages* permission" in (await seen(world, pressed)).content
    assert len(await kept(world)) == 1
