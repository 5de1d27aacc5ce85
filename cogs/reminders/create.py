"""How a reminder is agreed on: the questions, the buttons below them, the forms they open."""

import re
from datetime import UTC, datetime

from discord import Interaction, SelectOption, ui

from bot.app import Bot
from bot.errors import Refused
from bot.reminders.job import NewReminder, read_question
from bot.reminders.service import FORGOTTEN
from bot.times.when import NotUnderstood
from bot.times.zone_names import zone_label
from bot.times.zones import common_zones, find_zones, zone_named
from cogs.reminders.manage import LIST_ITEMS, WHICH, confirm, what_field, when_field
from cogs.ui import BotButton, BotModal, BotSelect, show, text_field, view_of

ASK_ZONE = (
    "What does your clock show? I ask only once; the next reminders know it. "
    "Your city is not there? Press *Search*."
)
OFFSET_ONLY = "If your clocks change with the seasons, choose a city instead: `/timezone Berlin`."
NO_SUCH_ZONE = "I know no time zone by that name. Type a city such as `Berlin`, or `Asia/Tokyo`."
CONTENT_LIMIT = 2000  # characters of a message
AS_DM = "\n-# It comes as a direct message."


async def take(
    interaction: Interaction[Bot],
    draft: NewReminder,
    *,
    note: str = "",
    asked_at: datetime | None = None,
    index: int | None = None,
) -> None:
    """Keep a reminder and say so, or ask what is missing; what was typed stays in the question."""
    reminders = interaction.client.services.reminders
    reminders.check(draft)
    now = asked_at or reminders.clock()
    try:
        read = await reminders.read(draft.when, interaction.user.id, now)
    except NotUnderstood as error:
        view = view_of(DraftButton("redo", draft.channel_id, now, "Change"))
        shown = draft.shown()
        await show(interaction, f"{str(error)[: CONTENT_LIMIT - len(shown)]}{shown}", view)
        return
    if not read.readings:
        await show(interaction, ASK_ZONE + draft.shown(), _zone_view(draft.channel_id, now))
        return
    if len(read.readings) > 1 and index is None:
        buttons = [
            DraftButton(f"pick{n}", draft.channel_id, now, label[:80])
            for n, label in enumerate(read.labels())
        ]
        await show(interaction, WHICH + draft.shown(), view_of(*buttons))
        return
    when = read.readings[index or 0]
    job = await reminders.add(draft, when, interaction.user.id, interaction.id)
    is_elsewhere = draft.channel_id is None and interaction.guild_id is not None
    await confirm(interaction, job, note or (AS_DM if is_elsewhere else ""))


async def show_zone(interaction: Interaction[Bot]) -> None:
    """Show a person's zone, and the list to choose another from."""
    zone = await interaction.client.services.timezones.of(interaction.user.id)
    said = _zone_is(zone.key) if zone else "I do not know your time zone yet."
    await show(interaction, said, _zone_view(None, datetime.now(UTC), is_for_draft=False))


async def choose_zone(interaction: Interaction[Bot], typed: str, draft: NewReminder | None) -> None:
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
    await interaction.client.services.timezones.choose(interaction.user.id, zone)
    if draft is None:
        await show(interaction, _zone_is(zone.key))
    else:
        await take(interaction, draft)


def _zone_is(name: str) -> str:
    now = datetime.now(UTC)
    label = next((label for key, label in find_zones(name, now) if key == name), name)
    shown = label.split(" · ")[0]
    if name.startswith("Etc/"):
        return (
            f"Your time zone is {zone_label(name)} all year, where it is now {shown}. {OFFSET_ONLY}"
        )
    return f"Your time zone is {name}, where it is now {shown}."


def _zone_view(channel_id: int | None, now: datetime, *, is_for_draft: bool = True) -> ui.View:
    kind = "draft" if is_for_draft else "alone"
    search = DraftButton("search" if is_for_draft else "zone", channel_id, now, "Search")
    return view_of(ZoneSelect(kind, channel_id, common_zones(now)), search)


def _draft_of(interaction: Interaction[Bot], channel: str) -> NewReminder:
    """Return the draft that the message below which something was pressed shows."""
    channel_id = int(channel) or None
    content = interaction.message.content if interaction.message else ""
    draft = read_question(content, channel_id, interaction.guild_id if channel_id else None)
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


class DraftModal(BotModal):
    """A reminder that is not set yet: its time and its text."""

    def __init__(self, draft: NewReminder, note: str = "", default_text: str = "") -> None:
        super().__init__(title="Remind me")
        self._draft, self._note, self._default = draft, note, default_text
        self._when = when_field(draft.when)
        self._text = what_field(draft.text, required=not default_text)
        self.add_item(self._when)
        self.add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        text = self.typed(self._text) or self._default
        old = self._draft
        draft = NewReminder(self.typed(self._when), text, old.channel_id, old.guild_id, old.link)
        await take(interaction, draft, note=self._note)


class ZoneModal(BotModal):
    """A time zone by name."""

    def __init__(self, draft: NewReminder | None) -> None:
        super().__init__(title="Time zone")
        self._draft = draft
        self._zone = text_field("Your city, or the zone's name", "zone", limit=100)
        self.add_item(self._zone)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        await choose_zone(interaction, self.typed(self._zone), self._draft)


ITEMS = (DraftButton, ZoneSelect, *LIST_ITEMS)
