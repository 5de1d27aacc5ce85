"""One's own reminders: how they are confirmed, listed, changed and put off."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from discord import Interaction, SelectOption, ui

from bot.app import Bot
from bot.errors import Refused
from bot.reminders.job import (
    TEXT_LIMIT,
    NewReminder,
    described,
    elsewhere,
    listed,
    mark,
    read_question,
    snoozed_until,
    state_words,
    when_of,
)
from bot.reminders.service import FORGOTTEN, UTC_ZONE
from bot.replies import send_ephemeral
from bot.text.formatting import excerpt
from bot.times.describe import skip_note
from cogs.ui import BotButton, BotModal, BotSelect, show, text_field, view_of
from connectors import ConnectorError
from connectors.discord import MessageBody, may_be_about_content, timestamp
from connectors.local_scheduler import Job, State

WHICH = "Which one do you mean?"


async def confirm(interaction: Interaction[Bot], job: Job, note: str = "") -> None:
    """Say when a reminder comes, on which clock where two differ, and what it says."""
    zone = await interaction.client.services.timezones.of(job.owner_id) or UTC_ZONE
    then = f", then {described(job, zone)}{skip_note(when_of(job))}" if job.rule else ""
    at = f"{timestamp(job.next_run, 'F')} ({timestamp(job.next_run, 'R')})"
    view = view_of(
        JobButton("edit", mark(job), "Change"),
        JobButton("cancel", mark(job), "Cancel"),
    )
    said = f"I will remind you {at}{then}."
    await show(interaction, _with_text(said, job, elsewhere(job, zone) + note), view)


def _with_text(said: str, job: Job, notes: str) -> str:
    """Return a confirmation with what the reminder says as a quote, which must be last if it has several lines."""
    text = job.payload.get("text", "")
    return f"{said}{notes}\n>>> {text}" if "\n" in text else f"{said}\n> {text}{notes}"


async def show_all(interaction: Interaction[Bot]) -> None:
    """Show what somebody is going to be reminded of, with a list to choose from."""
    jobs = await interaction.client.services.reminders.of(interaction.user.id)
    if not jobs:
        await show(interaction, "You have no reminders. Set one with `/remind`.")
        return
    zone = await interaction.client.services.timezones.of(interaction.user.id) or UTC_ZONE
    options = [
        SelectOption(
            label=excerpt(job.payload.get("text", ""), 90) or "…",
            value=job.id,
            description=described(job, zone)[:100],
        )
        for job in jobs[:25]
    ]
    await show(interaction, listed(jobs, zone), view_of(JobSelect(options)))


async def show_one(interaction: Interaction[Bot], job: Job) -> None:
    """Show one reminder, and what can be done with it."""
    zone = await interaction.client.services.timezones.of(interaction.user.id) or UTC_ZONE
    at = f"{timestamp(job.next_run, 'F')} ({timestamp(job.next_run, 'R')})"
    repeats = f", {described(job, zone)}" if job.rule else ""
    link = f"\n-# about {job.payload['link']}" if job.payload.get("link") else ""
    waits = job.state in (State.PAUSED, State.PARKED)
    view = view_of(
        JobButton("edit", mark(job), "Edit"),
        JobButton("move", mark(job), "Snooze"),
        JobButton("resume", mark(job), "Resume")
        if waits
        else JobButton("pause", mark(job), "Pause"),
        JobButton("cancel", mark(job), "Cancel"),
        JobButton("list", mark(job), "All reminders"),
    )
    await show(
        interaction,
        f"{at}{repeats}{state_words(job)}{link}\n>>> {job.payload.get('text', '')}",
        view,
    )


class JobSelect(BotSelect, template=r"abi:reminders"):
    """One's own reminders."""

    def __init__(self, options: list[SelectOption]) -> None:
        super().__init__(
            ui.Select(custom_id="abi:reminders", options=options, placeholder="Choose a reminder")
        )

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        del match
        job = await interaction.client.services.reminders.get(
            self.item.values[0], interaction.user.id
        )
        await show_one(interaction, job)


class JobButton(
    BotButton, template=r"abi:rem:(?P<action>[a-z0-9]+):(?P<job>[0-9a-f]{16}):(?P<at>-?\d+)"
):
    """Something to do with one occurrence of a reminder, before or after it came."""

    def __init__(self, action: str, marked: str, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"abi:rem:{action}:{marked}"))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action, job_id, owner_id = match["action"], match["job"], interaction.user.id
        reminders = interaction.client.services.reminders
        job = await reminders.get(job_id, owner_id)
        if action == "done":
            await _close(interaction, "Done.")
        elif action in ("20m", "1h", "tomorrow"):
            zone = await interaction.client.services.timezones.of(owner_id) or UTC_ZONE
            until = snoozed_until(action, reminders.clock(), zone)
            await snooze(interaction, job_id, match["at"], until)
        elif action in ("custom", "move"):
            await interaction.response.send_modal(SnoozeModal(job, match["at"], action))
        elif action == "edit":
            if job.state is State.SETTLED:
                raise Refused("This reminder is done already. Set a new one with `/remind`.")
            zone = await interaction.client.services.timezones.of(owner_id) or UTC_ZONE
            await interaction.response.send_modal(EditModal(job, described(job, zone)))
        elif action == "cancel":
            await reminders.cancel(job_id, owner_id)
            text = excerpt(job.payload.get("text", ""), 100)
            await show(interaction, f"Cancelled: {text}")
        elif action == "pause":
            await show_one(interaction, await reminders.pause(job_id, owner_id))
        elif action == "resume":
            await show_one(interaction, await reminders.resume(job_id, owner_id))
        else:
            await show_all(interaction)


async def snooze(
    interaction: Interaction[Bot], job_id: str, occurrence: str, until: datetime
) -> None:
    """Let a delivered reminder come again, and say so below it or, from a question, in its place."""
    reminders = interaction.client.services.reminders
    kept = await reminders.snooze(job_id, occurrence, interaction.user.id, until)
    said = f"Snoozed until {timestamp(kept.next_run, 'f')}."
    if interaction.message is not None and interaction.message.flags.ephemeral:
        await show(interaction, said)
    else:
        await _close(interaction, said)


async def _close(interaction: Interaction[Bot], said: str) -> None:
    content = interaction.message.content if interaction.message else ""
    try:
        await interaction.response.edit_message(content=f"{content}\n-# {said}", view=None)
    except ConnectorError as error:
        if not may_be_about_content(error):
            raise
        await interaction.response.edit_message(view=None)
        await send_ephemeral(interaction, interaction.client.services.rest, MessageBody(said))


def when_field(default: str = "") -> ui.Label[Any]:
    return text_field("When", "when", default, limit=200, placeholder="tomorrow 9:00")


def what_field(default: str, *, required: bool = True) -> ui.Label[Any]:
    return text_field(
        "What about", "text", default, limit=TEXT_LIMIT, is_long=True, required=required
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What was typed into a form about one occurrence of a reminder."""

    action: str  # edit, move, or custom: a snooze of one that has come
    job_id: str
    occurrence: str
    draft: NewReminder


async def apply(
    interaction: Interaction[Bot],
    change: Change,
    *,
    asked_at: datetime | None = None,
    index: int | None = None,
) -> None:
    """Do what was typed, or ask which of two times it means; what was typed stays in the question."""
    reminders, owner_id = interaction.client.services.reminders, interaction.user.id
    now = asked_at or reminders.clock()
    read = await reminders.read_surely(change.draft.when, owner_id, now)
    if change.action != "edit" and any(reading.rule for reading in read.readings):
        raise Refused('A snooze ends once. Try "in 2 hours" or "tomorrow 9:00".')
    if len(read.readings) > 1 and index is None:
        buttons = [ReadingButton(change, n, now, label) for n, label in enumerate(read.labels())]
        await show(interaction, WHICH + change.draft.shown(), view_of(*buttons))
        return
    when = read.readings[index or 0]
    if change.action == "edit":
        text = change.draft.text
        await confirm(interaction, await reminders.change(change.job_id, owner_id, when, text))
    elif change.action == "move":
        await confirm(interaction, await reminders.move(change.job_id, owner_id, when.first))
    else:
        await snooze(interaction, change.job_id, change.occurrence, when.first)


class ReadingButton(
    BotButton,
    template=r"abi:read:(?P<action>edit|move|custom)(?P<n>\d):(?P<job>[0-9a-f]{16}):(?P<at>-?\d+):(?P<asked>\d+)",
):
    """One of the times that what was typed into a form may mean; the phrase stands in its message."""

    def __init__(self, change: Change, index: int, asked_at: datetime, label: str) -> None:
        marked = f"{change.job_id}:{change.occurrence}:{int(asked_at.timestamp())}"
        custom_id = f"abi:read:{change.action}{index}:{marked}"
        super().__init__(ui.Button(label=label[:80], custom_id=custom_id))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        content = interaction.message.content if interaction.message else ""
        draft = read_question(content, None, None)
        if draft is None:
            raise Refused(FORGOTTEN)
        change = Change(match["action"], match["job"], match["at"], draft)
        asked_at = datetime.fromtimestamp(int(match["asked"]), UTC)
        await apply(interaction, change, asked_at=asked_at, index=int(match["n"]))


class EditModal(BotModal):
    """A reminder that is set: its time and its text."""

    def __init__(self, job: Job, phrase: str) -> None:
        super().__init__(title="Change the reminder")
        self._job, self._phrase = job, phrase
        self._when, self._text = when_field(phrase), what_field(job.payload.get("text", ""))
        self.add_item(self._when)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        phrase, text, job = self.typed(self._when), self.typed(self._text), self._job
        if phrase == self._phrase:
            reminders = interaction.client.services.reminders
            await confirm(interaction, await reminders.change(job.id, job.owner_id, None, text))
        else:
            _, occurrence = mark(job).split(":")
            draft = NewReminder(phrase, text, None)
            await apply(interaction, Change("edit", job.id, occurrence, draft))


class SnoozeModal(BotModal):
    """Until when to put a reminder off."""

    def __init__(self, job: Job, occurrence: str, action: str) -> None:
        super().__init__(title="Snooze")
        self._job, self._occurrence, self._action = job, occurrence, action
        self._when = when_field()
        self.add_item(self._when)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        draft = NewReminder(self.typed(self._when), self._job.payload.get("text", ""), None)
        await apply(interaction, Change(self._action, self._job.id, self._occurrence, draft))


LIST_ITEMS = (JobSelect, JobButton, ReadingButton)
