"""How a reminder is agreed on and handled: the questions, the buttons below them, the modals they open."""

import re
from datetime import UTC, datetime
from typing import Any

from discord import Interaction, SelectOption, ui
from discord.utils import MISSING

from bot.app import Bot
from bot.errors import Refused
from bot.reminders import FORGOTTEN, UTC_ZONE
from bot.schedules.clocks import common_zones, find_zones, zone_named
from bot.schedules.reminders import (
    TEXT_LIMIT,
    Draft,
    clipped,
    described,
    listed,
    mark,
    read_draft,
    snoozed_until,
    state_words,
)
from bot.schedules.when import NotUnderstood, describe
from bot.views import BotButton, BotModal, BotSelect, text_field, view_of
from connectors.discord import timestamp
from connectors.local_scheduler import Job, State

ASK_ZONE = (
    "What does your clock show? I ask only once; the next reminders know it. "
    "Your city is not there? Press *Search*."
)
NO_SUCH_ZONE = "I know no time zone by that name. Type a city such as `Berlin`, or `Asia/Tokyo`."
AS_DM = "\n-# It comes as a direct message."


async def show(interaction: Interaction[Bot], content: str, view: ui.View | None = None) -> None:
    """Show something to one person only, in the place of what they pressed if that is theirs alone."""
    message = interaction.message
    if interaction.response.is_done():
        await interaction.edit_original_response(content=content, view=view)
    elif message is not None and message.flags.ephemeral:
        await interaction.response.edit_message(content=content, view=view)
    else:
        await interaction.response.send_message(content, ephemeral=True, view=view or MISSING)


async def take(
    interaction: Interaction[Bot],
    draft: Draft,
    *,
    note: str = "",
    asked_at: datetime | None = None,
    index: int | None = None,
) -> None:
    """Keep a reminder and say so, or ask what is missing; what was typed stays in the question."""
    reminders = interaction.client.reminders
    reminders.check(draft)
    now = asked_at or reminders.clock()
    try:
        read = await reminders.read(draft.when, interaction.user.id, now)
    except NotUnderstood as error:
        view = view_of(DraftButton("redo", draft.channel_id, now, "Change"))
        await show(interaction, f"{error}{draft.shown()}", view)
        return
    if not read.readings:
        await show(interaction, ASK_ZONE + draft.shown(), _zone_view(draft.channel_id, now))
        return
    if len(read.readings) > 1 and index is None:
        zone = read.zone or UTC_ZONE
        buttons = [
            DraftButton(f"pick{n}", draft.channel_id, now, describe(reading, zone=zone)[:80])
            for n, reading in enumerate(read.readings)
        ]
        await show(interaction, "Which one do you mean?" + draft.shown(), view_of(*buttons))
        return
    when = read.readings[index or 0]
    job = await reminders.add(draft, when, interaction.user.id)
    is_elsewhere = draft.channel_id is None and interaction.guild_id is not None
    await confirm(interaction, job, note or (AS_DM if is_elsewhere else ""))


async def confirm(interaction: Interaction[Bot], job: Job, note: str = "") -> None:
    """Say when a reminder comes."""
    zone = await interaction.client.zones.of(job.owner_id) or UTC_ZONE
    then = f", then {described(job, zone)}" if job.rule else ""
    at = f"{timestamp(job.next_run, 'F')} ({timestamp(job.next_run, 'R')})"
    view = view_of(
        JobButton("edit", mark(job), "Change"),
        JobButton("cancel", mark(job), "Cancel"),
    )
    await show(interaction, f"I will remind you {at}{then}.{note}", view)


async def show_all(interaction: Interaction[Bot]) -> None:
    """Show what somebody is going to be reminded of, with a list to choose from."""
    jobs = await interaction.client.reminders.of(interaction.user.id)
    if not jobs:
        await show(interaction, "You have no reminders. Set one with `/remind`.")
        return
    zone = await interaction.client.zones.of(interaction.user.id) or UTC_ZONE
    options = [
        SelectOption(
            label=clipped(job.payload.get("text", ""), 90) or "…",
            value=job.id,
            description=described(job, zone)[:100],
        )
        for job in jobs[:25]
    ]
    await show(interaction, listed(jobs, zone), view_of(JobSelect(options)))


async def show_one(interaction: Interaction[Bot], job: Job) -> None:
    """Show one reminder, and what can be done with it."""
    zone = await interaction.client.zones.of(interaction.user.id) or UTC_ZONE
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


async def show_zone(interaction: Interaction[Bot]) -> None:
    """Show a person's zone, and the list to choose another from."""
    zone = await interaction.client.zones.of(interaction.user.id)
    said = _zone_is(zone.key) if zone else "I do not know your time zone yet."
    await show(interaction, said, _zone_view(None, datetime.now(UTC), is_for_draft=False))


async def choose_zone(interaction: Interaction[Bot], typed: str, draft: Draft | None) -> None:
    """Take a zone over, and go on with the reminder that waited for it."""
    zone = zone_named(typed)
    if zone is None:
        found = find_zones(typed, datetime.now(UTC)) if typed.strip() else []
        if not found:
            raise Refused(NO_SUCH_ZONE)
        shown = draft.shown() if draft else ""
        select = ZoneSelect(
            "draft" if draft else "alone", draft.channel_id if draft else None, found
        )
        await show(interaction, f"Which of these?{shown}", view_of(select))
        return
    await interaction.client.zones.choose(interaction.user.id, zone)
    if draft is None:
        await show(interaction, _zone_is(zone.key))
    else:
        await take(interaction, draft)


def _zone_is(name: str) -> str:
    now = datetime.now(UTC)
    label = next((label for key, label in find_zones(name, now) if key == name), name)
    return f"Your time zone is {name}, where it is now {label.split(' · ')[0]}."


def _zone_view(channel_id: int | None, now: datetime, *, is_for_draft: bool = True) -> ui.View:
    kind = "draft" if is_for_draft else "alone"
    search = DraftButton("search" if is_for_draft else "zone", channel_id, now, "Search")
    return view_of(ZoneSelect(kind, channel_id, common_zones(now)), search)


def _draft_of(interaction: Interaction[Bot], channel: str) -> Draft:
    """Return the draft that the message below which something was pressed shows."""
    channel_id = int(channel) or None
    content = interaction.message.content if interaction.message else ""
    draft = read_draft(content, channel_id, interaction.guild_id if channel_id else None)
    if draft is None:
        raise Refused(FORGOTTEN)
    return draft


class DraftButton(
    BotButton, template=r"abi:draft:(?P<action>[a-z]+[01]?):(?P<channel>\d+):(?P<at>\d+)"
):
    """Below a question about a reminder that is not set yet; all it needs stands in its message."""

    def __init__(self, action: str, channel_id: int | None, at: datetime, label: str) -> None:
        custom_id = f"abi:draft:{action}:{channel_id or 0}:{int(at.timestamp())}"
        super().__init__(ui.Button(label=label, custom_id=custom_id))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action = match["action"]
        if action == "zone":
            await interaction.response.send_modal(ZoneModal(None))
            return
        draft = _draft_of(interaction, match["channel"])
        if action == "search":
            await interaction.response.send_modal(ZoneModal(draft))
        elif action == "redo":
            await interaction.response.send_modal(DraftModal(draft))
        else:
            asked_at = datetime.fromtimestamp(int(match["at"]), UTC)
            await take(interaction, draft, asked_at=asked_at, index=int(action[-1]))


class ZoneSelect(BotSelect, template=r"abi:zone:(?P<kind>draft|alone):(?P<channel>\d+)"):
    """Zones by what their clocks show."""

    def __init__(self, kind: str, channel_id: int | None, zones: list[tuple[str, str]]) -> None:
        options = [SelectOption(label=label[:100], value=name) for name, label in zones[:25]]
        super().__init__(
            ui.Select(
                custom_id=f"abi:zone:{kind}:{channel_id or 0}",
                options=options,
                placeholder="What does your clock show now?",
            )
        )

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        is_draft = match["kind"] == "draft"
        draft = _draft_of(interaction, match["channel"]) if is_draft else None
        await choose_zone(interaction, self.item.values[0], draft)


class JobSelect(BotSelect, template=r"abi:reminders"):
    """One's own reminders."""

    def __init__(self, options: list[SelectOption]) -> None:
        super().__init__(
            ui.Select(custom_id="abi:reminders", options=options, placeholder="Choose a reminder")
        )

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        del match
        job = await interaction.client.reminders.get(self.item.values[0], interaction.user.id)
        await show_one(interaction, job)


class JobButton(
    BotButton, template=r"abi:rem:(?P<action>[a-z0-9]+):(?P<job>[0-9a-f]{16}):(?P<at>-?\d+)"
):
    """Something to do with one occurrence of a reminder, before or after it came."""

    def __init__(self, action: str, marked: str, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"abi:rem:{action}:{marked}"))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action, job_id, owner_id = match["action"], match["job"], interaction.user.id
        reminders = interaction.client.reminders
        job = await reminders.get(job_id, owner_id)
        if action == "done":
            await _close(interaction, "Done.")
        elif action in ("20m", "1h", "tomorrow"):
            zone = await interaction.client.zones.of(owner_id) or UTC_ZONE
            until = snoozed_until(action, reminders.clock(), zone)
            await snooze(interaction, job, match["at"], until)
        elif action in ("custom", "move"):
            await interaction.response.send_modal(SnoozeModal(job, match["at"], action))
        elif action == "edit":
            if job.state is State.SETTLED:
                raise Refused("This reminder is done already. Set a new one with `/remind`.")
            zone = await interaction.client.zones.of(owner_id) or UTC_ZONE
            await interaction.response.send_modal(EditModal(job, described(job, zone)))
        elif action == "cancel":
            await reminders.cancel(job_id, owner_id)
            text = clipped(job.payload.get("text", ""), 100)
            await show(interaction, f"Cancelled: {text}")
        elif action == "pause":
            await show_one(interaction, await reminders.pause(job_id, owner_id))
        elif action == "resume":
            await show_one(interaction, await reminders.resume(job_id, owner_id))
        else:
            await show_all(interaction)


async def snooze(interaction: Interaction[Bot], job: Job, occurrence: str, until: datetime) -> None:
    """Let a delivered reminder come again, and say so below it."""
    kept = await interaction.client.reminders.snooze(job.id, occurrence, job.owner_id, until)
    await _close(interaction, f"Snoozed until {timestamp(kept.next_run, 'f')}.")


async def _close(interaction: Interaction[Bot], said: str) -> None:
    content = interaction.message.content if interaction.message else ""
    await interaction.response.edit_message(content=f"{content}\n-# {said}", view=None)


def _when_field(default: str = "") -> ui.Label[Any]:
    return text_field("When", "when", default, limit=200, placeholder="tomorrow 9:00")


def _text_field(default: str, *, required: bool = True) -> ui.Label[Any]:
    return text_field(
        "What about", "text", default, limit=TEXT_LIMIT, is_long=True, required=required
    )


class DraftModal(BotModal):
    """A reminder that is not set yet: its time and its text."""

    def __init__(self, draft: Draft, note: str = "", default_text: str = "") -> None:
        super().__init__(title="Remind me")
        self._draft, self._note, self._default = draft, note, default_text
        self._when = _when_field(draft.when)
        self._text = _text_field(draft.text, required=not default_text)
        self.add_item(self._when)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        text = self.typed(self._text) or self._default
        old = self._draft
        draft = Draft(self.typed(self._when), text, old.channel_id, old.guild_id, old.link)
        await take(interaction, draft, note=self._note)


class EditModal(BotModal):
    """A reminder that is set: its time and its text."""

    def __init__(self, job: Job, phrase: str) -> None:
        super().__init__(title="Change the reminder")
        self._job, self._phrase = job, phrase
        self._when, self._text = _when_field(phrase), _text_field(job.payload.get("text", ""))
        self.add_item(self._when)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        reminders, phrase = interaction.client.reminders, self.typed(self._when)
        is_moved = phrase != self._phrase
        when = await reminders.read_one(phrase, self._job.owner_id) if is_moved else None
        text = self.typed(self._text)
        await confirm(
            interaction, await reminders.change(self._job.id, self._job.owner_id, when, text)
        )


class SnoozeModal(BotModal):
    """Until when to put a reminder off."""

    def __init__(self, job: Job, occurrence: str, action: str) -> None:
        super().__init__(title="Snooze")
        self._job, self._occurrence, self._action = job, occurrence, action
        self._when = _when_field()
        self.add_item(self._when)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        reminders = interaction.client.reminders
        when = await reminders.read_one(self.typed(self._when), self._job.owner_id)
        if when.rule:
            raise Refused('A snooze ends once. Try "in 2 hours" or "tomorrow 9:00".')
        if self._action == "custom":
            await snooze(interaction, self._job, self._occurrence, when.first)
        else:
            moved = await reminders.move(self._job.id, self._job.owner_id, when.first)
            await confirm(interaction, moved)


class ZoneModal(BotModal):
    """A time zone by name."""

    def __init__(self, draft: Draft | None) -> None:
        super().__init__(title="Time zone")
        self._draft = draft
        self._zone = text_field("Your city, or the zone's name", "zone", limit=100)
        self.add_item(self._zone)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        await choose_zone(interaction, self.typed(self._zone), self._draft)


ITEMS = (DraftButton, ZoneSelect, JobSelect, JobButton)
