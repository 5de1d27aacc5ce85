"""A person's own reminders: confirmed, listed, changed, snoozed."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from discord import Interaction, SelectOption, ui

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.buttons import occurrence_of, snoozed_until
from bot.reminders.job import TEXT_LIMIT, NewReminder
from bot.replies import edit_original, send_ephemeral
from bot.schedules.occurrences import UTC_ZONE, is_waiting
from bot.schedules.texts import describe_schedule
from bot.text.formatting import excerpt
from bot.times.when import PHRASE_LIMIT
from cogs.reminders.question import Pick, ask, asked_about
from cogs.ui import (
    BotButton,
    BotModal,
    BotSelect,
    Reply,
    confirm,
    defer,
    in_time,
    reply,
    sees_alone,
    show_reply,
    text_field,
    view_of,
)
from connectors import ConnectorError
from connectors.database import DatabaseUnavailable
from connectors.discord import MessageBody, may_be_about_content, timestamp
from connectors.local_scheduler import Job, State

if TYPE_CHECKING:
    from bot.app import Bot

OCCURRENCE = r"(?P<job>[0-9a-f]{16}):(?P<at>-?\d+)"
READING = rf"abi:read:(?P<action>edit|move|custom)(?P<n>\d):{OCCURRENCE}:(?P<asked>\d+)"


async def confirmed(interaction: Interaction[Bot], job: Job, note: str = "") -> Reply:
    """Return the confirmation of a reminder that is stored, also if the database fails now."""
    try:
        zone = await interaction.client.services.schedules.zone_of(job.owner_id)
    except DatabaseUnavailable:
        zone = UTC_ZONE
    labels = {"edit": texts.CHANGE, "cancel": texts.CANCEL}
    return Reply(texts.confirmed(job, zone, note), _buttons(job, labels), is_stored=True)


def _buttons(job: Job, labels: dict[str, str]) -> ui.View:
    at = occurrence_of(job)
    return view_of(*(ReminderButton(action, at, label) for action, label in labels.items()))


async def list_all(interaction: Interaction[Bot]) -> Reply:
    services = interaction.client.services
    jobs = await services.reminders.of(interaction.user.id)
    if not jobs:
        return Reply(texts.NONE_YET)
    zone = await services.schedules.zone_of(interaction.user.id)
    options = []
    for job in jobs[:25]:
        label, schedule = excerpt(texts.text_of(job), 90) or "…", describe_schedule(job, zone)
        options.append(SelectOption(label=label, value=job.id, description=schedule[:100]))
    return Reply(texts.listed(jobs, zone), view_of(ReminderSelect(options)))


def _one(job: Job, zone: ZoneInfo, *, is_stored: bool = False) -> Reply:
    pause = {"resume": texts.RESUME} if is_waiting(job) else {"pause": texts.PAUSE}
    start = {"edit": texts.EDIT, "move": texts.SNOOZE}
    labels = start | pause | {"cancel": texts.CANCEL, "list": texts.ALL_REMINDERS}
    return Reply(texts.shown(job, zone), _buttons(job, labels), is_stored=is_stored)


class ReminderSelect(BotSelect, template=r"abi:reminders"):
    def __init__(self, options: list[SelectOption]) -> None:
        super().__init__(
            ui.Select(custom_id="abi:reminders", options=options, placeholder=texts.CHOOSE)
        )

    async def pressed(self, interaction: Interaction[Bot], _: re.Match[str]) -> None:
        await reply(interaction, self._chosen(interaction))

    async def _chosen(self, interaction: Interaction[Bot]) -> Reply:
        services, owner_id = interaction.client.services, interaction.user.id
        job = await services.reminders.get(self.item.values[0], owner_id)
        return _one(job, await services.schedules.zone_of(owner_id))


class ReminderButton(BotButton, template=rf"abi:rem:(?P<action>[a-z0-9]+):{OCCURRENCE}"):
    """The actions on one occurrence of a reminder, before or after it was delivered."""

    def __init__(self, action: str, occurrence: str, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"abi:rem:{action}:{occurrence}"))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action, job_id, at = match["action"], match["job"], match["at"]
        if action == "done":
            await _close(interaction, _done(interaction, job_id, at))
        elif action in ("20m", "1h", "tomorrow"):
            await _close(interaction, _snooze_for(interaction, job_id, at, action))
        elif action in ("custom", "move", "edit"):
            await interaction.response.send_modal(await _form(interaction, action, job_id, at))
        elif action in ("cancel", "pause", "resume"):
            await reply(interaction, _do(interaction, action, job_id))
        else:
            await reply(interaction, list_all(interaction))


async def _form(interaction: Interaction[Bot], action: str, job_id: str, at: str) -> BotModal:
    """Return the form in which a reminder is changed or snoozed."""
    services, owner_id = interaction.client.services, interaction.user.id
    job = await services.reminders.get(job_id, owner_id)
    if action != "edit":
        return SnoozeModal(job, at, action)
    if job.state is State.SETTLED:
        raise Refused(texts.IS_DONE)
    return EditModal(job, describe_schedule(job, await services.schedules.zone_of(owner_id)))


async def _do(interaction: Interaction[Bot], action: str, job_id: str) -> Reply:
    """Cancel, pause or resume a reminder."""
    services, owner_id = interaction.client.services, interaction.user.id
    reminders = services.reminders
    # Read before the change, since nothing may fail after it.
    zone = await services.schedules.zone_of(owner_id)
    if action == "cancel":
        text = excerpt(texts.text_of(await reminders.cancel(job_id, owner_id)), 100)
        return Reply(texts.CANCELLED.format(text), is_stored=True)
    change = reminders.pause if action == "pause" else reminders.resume
    return _one(await change(job_id, owner_id), zone, is_stored=True)


async def _done(interaction: Interaction[Bot], job_id: str, at: str) -> str:
    await interaction.client.services.reminders.done(job_id, at, interaction.user.id)
    return texts.DONE


async def _snooze_for(interaction: Interaction[Bot], job_id: str, at: str, action: str) -> str:
    services, owner_id = interaction.client.services, interaction.user.id
    await services.reminders.get(job_id, owner_id)
    zone = await services.schedules.zone_of(owner_id)
    until = snoozed_until(action, services.schedules.now(), zone)
    return await _snooze(interaction, job_id, at, until)


async def _snooze(interaction: Interaction[Bot], job_id: str, at: str, until: datetime) -> str:
    """Snooze a delivered reminder, and return what to say about it."""
    reminders = interaction.client.services.reminders
    again = await reminders.snooze(job_id, at, interaction.user.id, until)
    return texts.SNOOZED.format(timestamp(again.next_run, "f"))


async def _close(interaction: Interaction[Bot], work: Awaitable[str]) -> None:
    """Do something with a delivered reminder, and say so below it."""

    async def acknowledge(interaction: Interaction[Bot]) -> None:
        await interaction.response.defer()

    said = await in_time(interaction, work, acknowledge)
    await confirm(interaction, _replace_buttons(interaction, said), said)


async def _replace_buttons(interaction: Interaction[Bot], said: str) -> None:
    """Remove the buttons of a delivered reminder, and say why below it."""
    content = interaction.message.content if interaction.message else ""
    line = f"\n-# {said}"
    try:
        await _edit(interaction, content if content.endswith(line) else f"{content}{line}")
    except ConnectorError as error:
        if not may_be_about_content(error):
            raise
        await _edit(interaction, None)
        await send_ephemeral(interaction, interaction.client.services.rest, MessageBody(said))


async def _edit(interaction: Interaction[Bot], content: str | None) -> None:
    """Remove the buttons of a message, and change its content unless it is None."""
    if interaction.response.is_done():
        body = MessageBody(content or "")
        await edit_original(interaction, interaction.client.services.rest, body)
    elif content is None:
        await interaction.response.edit_message(view=None)
    else:
        await interaction.response.edit_message(content=content, view=None)


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


async def submit(interaction: Interaction[Bot], change: Change, pick: Pick | None = None) -> None:
    """Do what was typed, or ask which of two times it means."""
    said = await in_time(interaction, _apply(interaction, change, pick), defer)
    is_below_reminder = not (interaction.response.is_done() or sees_alone(interaction))
    if change.action == "custom" and said.is_stored and is_below_reminder:
        await confirm(interaction, _replace_buttons(interaction, said.content), said.content)
    else:
        await show_reply(interaction, said)


async def _apply(interaction: Interaction[Bot], change: Change, pick: Pick | None) -> Reply:
    services, owner_id = interaction.client.services, interaction.user.id
    now, index = pick or (services.schedules.now(), None)
    readings = await services.schedules.read_or_refuse(change.typed.when, owner_id, now)
    if change.action != "edit" and any(option.rule for option in readings.options):
        raise Refused(texts.SNOOZE_REPEATS)
    if len(readings.options) > 1 and index is None:
        buttons = [ReadingButton(change, n, now, text) for n, text in enumerate(readings.labels())]
        return ask(texts.WHICH, change.typed, *buttons)
    when = readings.options[index or 0]
    job_id, reminders = change.job_id, services.reminders
    if change.action == "edit":
        changed = await reminders.change(job_id, owner_id, when, change.typed.text)
        return await confirmed(interaction, changed)
    if change.action == "move":
        moved = await reminders.move(job_id, owner_id, when.first)
        return await confirmed(interaction, moved)
    said = await _snooze(interaction, job_id, change.occurrence, when.first)
    return Reply(said, is_stored=True)


class ReadingButton(BotButton, template=READING):
    """One of the times that a phrase in a form may mean."""

    def __init__(self, change: Change, index: int, asked_at: datetime, label: str) -> None:
        occurrence = f"{change.job_id}:{change.occurrence}"
        custom_id = f"abi:read:{change.action}{index}:{occurrence}:{int(asked_at.timestamp())}"
        super().__init__(ui.Button(label=label[:80], custom_id=custom_id))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        change = Change(match["action"], match["job"], match["at"], asked_about(interaction))
        asked_at = datetime.fromtimestamp(int(match["asked"]), UTC)
        await submit(interaction, change, (asked_at, int(match["n"])))


class EditModal(BotModal):
    def __init__(self, job: Job, phrase: str) -> None:
        super().__init__(title=texts.CHANGE_REMINDER)
        self._job, self._phrase = job, phrase
        self._when, self._text = when_input(phrase), text_input(texts.text_of(job, ""))
        self.add_item(self._when).add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        phrase, text, job = self.typed(self._when), self.typed(self._text), self._job
        if phrase == self._phrase:
            await reply(interaction, self._changed(interaction, text))
        else:
            _, at = occurrence_of(job).split(":")
            await submit(interaction, Change("edit", job.id, at, NewReminder(phrase, text, None)))

    async def _changed(self, interaction: Interaction[Bot], text: str) -> Reply:
        reminders, job = interaction.client.services.reminders, self._job
        return await confirmed(
            interaction, await reminders.change(job.id, job.owner_id, None, text)
        )


class SnoozeModal(BotModal):
    def __init__(self, job: Job, occurrence: str, action: str) -> None:
        super().__init__(title=texts.SNOOZE)
        self._job, self._occurrence, self._action = job, occurrence, action
        self._when = when_input()
        self.add_item(self._when)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        typed = NewReminder(self.typed(self._when), texts.text_of(self._job, ""), None)
        await submit(interaction, Change(self._action, self._job.id, self._occurrence, typed))


LIST_ITEMS = (ReminderSelect, ReminderButton, ReadingButton)
