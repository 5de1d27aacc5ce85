import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.buttons import occurrence_of
from bot.reminders.job import KIND, TEXT_LIMIT, NewReminder, ReminderPayload
from bot.reminders.service import Reminders
from bot.schedules.service import Schedules
from bot.times.recurrence import When
from bot.times.when import parse
from connectors.local_scheduler import Config, LocalScheduler, State
from connectors.local_scheduler.job import Fence
from tests.databases import new_file

BERLIN = ZoneInfo("Europe/Berlin")
ALICE, BOB = 1, 2
TEA = NewReminder("", "tea", 7, 8, "https://discord.com/channels/8/7/6")


def when(phrase: str = "in 1 hour") -> When:
    return parse(phrase, now=datetime.now(UTC), zone=BERLIN)


@pytest.fixture
async def scheduler(tmp_path: Path) -> AsyncIterator[LocalScheduler]:
    scheduler = LocalScheduler(new_file(tmp_path))
    yield scheduler
    await scheduler.aclose()


@pytest.fixture
def reminders(scheduler: LocalScheduler) -> Reminders:
    return Reminders(scheduler, Schedules(cast(Any, None), is_lasting=True))


async def test_an_interaction_sets_one_reminder_however_often_it_is_seen(
    reminders: Reminders,
) -> None:
    for _ in range(2):
        await reminders.add(TEA, when(), ALICE, interaction_id=99)
    assert len(await reminders.of(ALICE)) == 1


async def test_only_its_owner_reaches_a_reminder(reminders: Reminders) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    with pytest.raises(Refused, match=texts.NOT_YOURS):
        await reminders.get(job.id, BOB)
    with pytest.raises(Refused, match=texts.FORGOTTEN):
        await reminders.get("0" * 16, ALICE)


async def test_a_change_of_the_text_keeps_time_and_link(reminders: Reminders) -> None:
    job = await reminders.add(TEA, when("every day at 08:30"), ALICE)
    changed = await reminders.change(job.id, ALICE, None, "coffee")
    assert ReminderPayload.of(changed) == ReminderPayload("coffee", TEA.link)
    assert (changed.next_run, changed.rule) == (job.next_run, job.rule)


async def test_a_change_mends_a_reminder_that_cannot_be_read(
    reminders: Reminders, scheduler: LocalScheduler
) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    await scheduler.change(job.id, owner_id=ALICE, payload={"text": 5})
    changed = await reminders.change(job.id, ALICE, when("in 2 hours"), "coffee")
    assert ReminderPayload.of(changed) == ReminderPayload("coffee")


@pytest.mark.parametrize("text", ["", " \n", "x" * (TEXT_LIMIT + 1)])
async def test_a_text_that_is_missing_or_too_long_is_refused(
    reminders: Reminders, text: str
) -> None:
    with pytest.raises(Refused):
        reminders.check(NewReminder("", text, None))


async def test_a_recurring_reminder_too_many_is_refused_also_by_a_change(
    reminders: Reminders,
) -> None:
    daily = when("every day at 08:30")
    for _ in range(5):
        await reminders.add(TEA, daily, ALICE)
    with pytest.raises(Refused, match="You have 5"):
        await reminders.add(TEA, daily, ALICE)
    once = await reminders.add(TEA, when(), ALICE)
    with pytest.raises(Refused, match="You have 5"):
        await reminders.change(once.id, ALICE, daily, "tea")


async def test_a_snooze_repeats_one_occurrence_once_with_its_text_and_link(
    reminders: Reminders,
) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    until, (_, at) = datetime.now(UTC) + timedelta(hours=3), occurrence_of(job).split(":")
    first, second = [await reminders.snooze(job.id, at, ALICE, until) for _ in range(2)]
    assert first.id == second.id != job.id
    assert ReminderPayload.of(first) == ReminderPayload("tea", TEA.link, f"{job.id}:{at}")
    assert (first.channel_id, first.guild_id, first.next_run) == (7, 8, until)


async def test_a_paused_reminder_that_is_put_off_is_resumed(reminders: Reminders) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    assert (await reminders.pause(job.id, ALICE)).state is State.PAUSED
    until = datetime.now(UTC) + timedelta(hours=3)
    moved = await reminders.move(job.id, ALICE, until)
    assert (moved.state, moved.next_run) == (State.ACTIVE, until)


async def test_what_is_cancelled_can_be_cancelled_again_but_not_paused(
    reminders: Reminders,
) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    for _ in range(2):
        assert (await reminders.cancel(job.id, ALICE)).id == job.id
    with pytest.raises(Refused, match=texts.NOT_PAUSED):
        await reminders.pause(job.id, ALICE)
    with pytest.raises(Refused, match=texts.IS_DONE):
        await reminders.resume(job.id, ALICE)


async def test_who_set_a_reminder_is_told_after_an_outage_that_it_was_delivered(
    reminders: Reminders, scheduler: LocalScheduler
) -> None:
    job = await reminders.add(TEA, when(), ALICE, 17)
    await scheduler.end(job.id, owner_id=ALICE, reason="delivered in a list")
    with pytest.raises(Refused) as told:
        await reminders.add(TEA, when(), ALICE, 17)
    assert str(told.value).startswith(f"I have already reminded you: {texts.at(job.next_run)}.")
    assert "/remind" not in str(told.value)  # nobody is asked to do again what is done


@pytest.mark.parametrize("is_held", [True, False])
@pytest.mark.parametrize(
    ("phrase", "state", "is_later"),
    [("in 1 hour", State.SETTLED, False), ("every day at 08:30", State.ACTIVE, True)],
)
async def test_an_occurrence_that_is_seen_is_settled_although_nobody_could_note_it(
    reminders: Reminders,
    scheduler: LocalScheduler,
    phrase: str,
    state: State,
    is_later: bool,
    is_held: bool,
) -> None:
    job = await reminders.add(TEA, when(phrase), ALICE)
    ledger, run = scheduler._ledger, scheduler._database.run
    (claimed,) = await run(lambda c: ledger.claim(c, KIND, 1, 1, timedelta(days=2)))
    if not is_held:  # it waits to be tried once more
        fence = Fence(job.id, ledger.worker, claimed.attempts)
        await run(lambda c: ledger.postpone(c, fence, timedelta(hours=1), draft="{}"))
    before = await reminders.get(job.id, ALICE)
    await reminders.done(job.id, "1", ALICE)  # of an earlier occurrence
    assert await reminders.get(job.id, ALICE) == before
    await reminders.done(job.id, occurrence_of(job).split(":")[1], ALICE)
    found = await reminders.get(job.id, ALICE)
    assert (found.state, found.next_run > job.next_run) == (state, is_later)


async def test_what_was_delivered_cannot_be_cancelled(
    reminders: Reminders, scheduler: LocalScheduler
) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    await scheduler.end(job.id, owner_id=ALICE, reason="delivered in a list")
    with pytest.raises(Refused, match=texts.IS_DONE):
        await reminders.cancel(job.id, ALICE)


async def test_pausing_and_resuming_twice_is_once(reminders: Reminders) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    states = [(await reminders.pause(job.id, ALICE)).state for _ in range(2)]
    states += [(await reminders.resume(job.id, ALICE)).state for _ in range(2)]
    assert states == [State.PAUSED, State.PAUSED, State.ACTIVE, State.ACTIVE]


async def test_a_snooze_in_two_processes_is_one(reminders: Reminders, tmp_path: Path) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    other = LocalScheduler(Config(tmp_path))
    elsewhere = Reminders(other, Schedules(cast(Any, None), is_lasting=True))
    until, (_, at) = datetime.now(UTC) + timedelta(hours=3), occurrence_of(job).split(":")
    presses = [process.snooze(job.id, at, ALICE, until) for process in (reminders, elsewhere) * 3]
    snoozed = await asyncio.gather(*presses)
    await other.aclose()
    assert len({job.id for job in snoozed}) == 1
    assert len(await reminders.of(ALICE)) == 2


async def test_a_snooze_that_was_cancelled_does_not_come_back(reminders: Reminders) -> None:
    job = await reminders.add(TEA, when(), ALICE)
    until = datetime.now(UTC) + timedelta(hours=3)
    again = await reminders.snooze(job.id, "1", ALICE, until)
    await reminders.cancel(again.id, ALICE)
    with pytest.raises(Refused, match=texts.IS_DONE):
        await reminders.snooze(job.id, "1", ALICE, until)
