"""A person's own reminders: confirmed, listed, changed, snoozed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from discord import Interaction, SelectOption, ui

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.buttons import occurrence_of, snoozed_until
from bot.reminders.job import TEXT_LIMIT, NewReminder
from bot.replies import send_ephemeral
from bot.schedules.occurrences import is_waiting
from bot.schedules.texts import describe_schedule
from bot.text.formatting import excerpt
from bot.times.when import PHRASE_LIMIT
from cogs.reminders.question import Pick, ask, asked_about
from cogs.ui import BotButton, BotModal, BotSelect, show, text_field, view_of
from connectors import ConnectorError
from connectors.discord import MessageBody, may_be_about_content, timestamp
from connectors.local_scheduler import Job, State

if TYPE_CHECKING:
    from bot.app import Bot

OCCURRENCE = r"(?P<job>[0-9a-f]{16}):(?P<at>-?\d+)"
READING = rf"abi:read:(?P<action>edit|move|custom)(?P<n>\d):{OCCURRENCE}:(?P<asked>\d+)"


async def confirm(interaction: Interaction[Bot], job: Job, note: str = "") -> None:
    zone = await interaction.client.services.schedules.zone_of(job.owner_id)
    labels = {"edit": texts.CHANGE, "cancel": texts.CANCEL}
    await show(interaction, texts.confirmed(job, zone, note), _buttons(job, labels))


def _buttons(job: Job, labels: dict[str, str]) -> ui.View:
    at = occurrence_of(job)
    return view_of(*(ReminderButton(action, at, label) for action, label in labels.items()))


async def show_all(interaction: Interaction[Bot]) -> None:
    services = interaction.client.services
    jobs = await services.reminders.of(interaction.user.id)
    if not jobs:
        await show(interaction, texts.NONE_YET)
        return
    zone = await services.schedules.zone_of(interaction.user.id)
    options = []
    for job in jobs[:25]:
        label, schedule = excerpt(texts.text_of(job), 90) or "…", describe_schedule(job, zone)
        options.append(SelectOption(label=label, value=job.id, description=schedule[:100]))
    await show(interaction, texts.listed(jobs, zone), view_of(ReminderSelect(options)))


async def show_one(interaction: Interaction[Bot], job: Job) -> None:
    zone = await interaction.client.services.schedules.zone_of(interaction.user.id)
    pause = {"resume": texts.RESUME} if is_waiting(job) else {"pause": texts.PAUSE}
    start = {"edit": texts.EDIT, "move": texts.SNOOZE}
    labels = start | pause | {"cancel": texts.CANCEL, "list": texts.ALL_REMINDERS}
    await show(interaction, texts.shown(job, zone), _buttons(job, labels))


class ReminderSelect(BotSelect, template=r"abi:reminders"):
    def __init__(self, options: list[SelectOption]) -> None:
        super().__init__(
            ui.Select(custom_id="abi:reminders", options=options, placeholder=texts.CHOOSE)
        )

    async def pressed(self, interaction: Interaction[Bot], _: re.Match[str]) -> None:
        reminders = interaction.client.services.reminders
        job = await reminders.get(self.item.values[0], interaction.user.id)
        await show_one(interaction, job)


class ReminderButton(BotButton, template=rf"abi:rem:(?P<action>[a-z0-9]+):{OCCURRENCE}"):
    """What to do with one occurrence of a reminder, before or after it was delivered."""

    def __init__(self, action: str, occurrence: str, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"abi:rem:{action}:{occurrence}"))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action, job_id, owner_id = match["action"], match["job"], interaction.user.id
        services = interaction.client.services
        reminders = services.reminders
        job = await reminders.get(job_id, owner_id)
        if action == "done":
            await _close(interaction, texts.DONE)
        elif action in ("20m", "1h", "tomorrow"):
            zone = await services.schedules.zone_of(owner_id)
            until = snoozed_until(action, services.schedules.now(), zone)
            await snooze(interaction, job_id, match["at"], until)
        elif action in ("custom", "move"):
            await interaction.response.send_modal(SnoozeModal(job, match["at"], action))
        elif action == "edit" and job.state is State.SETTLED:
            raise Refused(texts.IS_DONE)
        elif action == "edit":
            zone = await services.schedules.zone_of(owner_id)
            await interaction.response.send_modal(EditModal(job, describe_schedule(job, zone)))
        elif action == "cancel":
            text = excerpt(texts.text_of(await reminders.cancel(job_id, owner_id)), 100)
            await show(interaction, texts.CANCELLED.format(text))
        elif action == "pause":
            await show_one(interaction, await reminders.pause(job_id, owner_id))
        elif action == "resume":
            await show_one(interaction, await reminders.resume(job_id, owner_id))
        else:
            await show_all(interaction)


async def snooze(interaction: Interaction[Bot], job_id: str, at: str, until: datetime) -> None:
    """Snooze a delivered reminder, and say so below it or in place of a question."""
    reminders = interaction.client.services.reminders
    again = await reminders.snooze(job_id, at, interaction.user.id, until)
    said = texts.SNOOZED.format(timestamp(again.next_run, "f"))
    if interaction.message is not None and interaction.message.flags.ephemeral:
        await show(interaction, said)
    else:
        await _close(interaction, said)


async def _close(interaction: Interaction[Bot], said: str) -> None:
    """Remove the buttons of a delivered reminder, and say why below it."""
    content = interaction.message.content if interaction.message else ""
    try:
        await interaction.response.edit_message(content=f"{content}\n-# {said}", view=None)
    except ConnectorError as error:
        if not may_be_about_content(error):
            raise
        await interaction.response.edit_message(view=None)
        await send_ephemeral(interaction, interaction.client.services.rest, MessageBody(said))


def when_input(phrase: str = "") -> ui.Label[Any]:
    return text_field(texts.WHEN, "when", phrase, limit=PHRASE_LIMIT, placeholder=texts.EXAMPLE)


def text_input(text: str, *, required: bool = True) -> ui.Label[Any]:
    return text_field(texts.TEXT, "text", text, limit=TEXT_LIMIT, is_long=True, required=required)


class Change(msgspec.Struct, frozen=True):
    """The input of a form about one occurrence of a reminder."""

    action: str  # edit, move, or custom for a snooze of a reminder that was delivered
    job_id: str
    occurrence: str
    typed: NewReminder


async def apply(interaction: Interaction[Bot], change: Change, pick: Pick | None = None) -> None:
    """Do what was typed, or ask which of two times it means."""
    services, owner_id = interaction.client.services, interaction.user.id
    now, index = pick or (services.schedules.now(), None)
    readings = await services.schedules.read_or_refuse(change.typed.when, owner_id, now)
    if change.action != "edit" and any(option.rule for option in readings.options):
        raise Refused(texts.SNOOZE_REPEATS)
    if len(readings.options) > 1 and index is None:
        buttons = [ReadingButton(change, n, now, text) for n, text in enumerate(readings.labels())]
        await ask(interaction, texts.WHICH, change.typed, *buttons)
        return
    when = readings.options[index or 0]
    job_id, reminders = change.job_id, services.reminders
    if change.action == "edit":
        changed = await reminders.change(job_id, owner_id, when, change.typed.text)
        await confirm(interaction, changed)
    elif change.action == "move":
        await confirm(interaction, await reminders.move(job_id, owner_id, when.first))
    else:
        await snooze(interaction, job_id, change.occurrence, when.first)


class ReadingButton(BotButton, template=READING):
    """One of the times that a phrase in a form may mean."""

    def __init__(self, change: Change, index: int, asked_at: datetime, label: str) -> None:
        occurrence = f"{change.job_id}:{change.occurrence}"
        custom_id = f"abi:read:{change.action}{index}:{occurrence}:{int(asked_at.timestamp())}"
        super().__init__(ui.Button(label=label[:80], custom_id=custom_id))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        change = Change(match["action"], match["job"], match["at"], asked_about(interaction))
        asked_at = datetime.fromtimestamp(int(match["asked"]), UTC)
        await apply(interaction, change, (asked_at, int(match["n"])))


class EditModal(BotModal):
    def __init__(self, job: Job, phrase: str) -> None:
        super().__init__(title=texts.CHANGE_REMINDER)
        self._job, self._phrase = job, phrase
        self._when, self._text = when_input(phrase), text_input(texts.text_of(job, ""))
        self.add_item(self._when).add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        phrase, text, job = self.typed(self._when), self.typed(self._text), self._job
        if phrase == self._phrase:
            reminders = interaction.client.services.reminders
            await confirm(interaction, await reminders.change(job.id, job.owner_id, None, text))
        else:
            _, at = occurrence_of(job).split(":")
            await apply(interaction, Change("edit", job.id, at, NewReminder(phrase, text, None)))


class SnoozeModal(BotModal):
    def __init__(self, job: Job, occurrence: str, action: str) -> None:
        super().__init__(title=texts.SNOOZE)
        self._job, self._occurrence, self._action = job, occurrence, action
        self._when = when_input()
        self.add_item(self._when)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        typed = NewReminder(self.typed(self._when), texts.text_of(self._job, ""), None)
        await apply(interaction, Change(self._action, self._job.id, self._occurrence, typed))


LIST_ITEMS = (ReminderSelect, ReminderButton, ReadingButton)
