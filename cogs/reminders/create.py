"""Setting a reminder, and the time zone it needs: questions, their buttons and forms."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from discord import Interaction, ui
from msgspec.structs import replace

from bot.errors import Refused
from bot.reminders import texts
from bot.reminders.job import NewReminder
from bot.storage.rules import zone_of
from bot.times.when import NotUnderstood
from bot.times.zones import common_zones, find_zones, zone_named
from cogs.reminders.manage import LIST_ITEMS, confirmed, text_input, when_input
from cogs.reminders.question import Pick, ask, asked_about
from cogs.rights import has_one_of, home_of
from cogs.ui import (
    BotButton,
    BotModal,
    BotSelect,
    Reply,
    reply,
    request_of,
    text_field,
    zone_select,
)

if TYPE_CHECKING:
    from bot.app import Bot


async def set_reminder(
    interaction: Interaction[Bot],
    reminder: NewReminder,
    note: str = "",
    pick: Pick | None = None,
    request_id: int | None = None,
) -> Reply:
    """Set a reminder and confirm it, or ask for what is missing.

    A command, a form or a question sets one reminder, however often it is answered.
    """
    services = interaction.client.services
    services.reminders.check(reminder)
    if not await _may_post(interaction, reminder):
        reminder, note = replace(reminder, channel_id=None, guild_id=None), texts.NOT_ALLOWED
    channel_id = reminder.channel_id
    now, index = pick or (services.schedules.now(), None)
    try:
        readings = await services.schedules.read(reminder.when, interaction.user.id, now)
    except NotUnderstood as error:
        change = QuestionButton("redo", channel_id, now, texts.CHANGE)
        return ask(str(error), reminder, change)
    if not readings.options:
        return ask(texts.ASK_ZONE, reminder, *await _zone_items(interaction, reminder, now))
    if len(readings.options) > 1 and index is None:
        labels = enumerate(readings.labels())
        buttons = [QuestionButton(f"pick{n}", channel_id, now, label) for n, label in labels]
        return ask(texts.WHICH, reminder, *buttons)
    when, request_id = readings.options[index or 0], request_id or request_of(interaction)
    job = await services.reminders.add(reminder, when, interaction.user.id, request_id)
    is_elsewhere = channel_id is None and not interaction.context.dm_channel
    return await confirmed(interaction, job, note or (texts.AS_DM if is_elsewhere else ""))


async def _may_post(interaction: Interaction[Bot], reminder: NewReminder) -> bool:
    """Return whether the rules of the server let this person set reminders in its channels."""
    rules = await interaction.client.services.rules.of(reminder.guild_id)
    return not rules.reminder_roles or has_one_of(interaction.user, rules.reminder_roles)


async def show_zone(interaction: Interaction[Bot]) -> Reply:
    services = interaction.client.services
    zone, now = await services.timezones.of(interaction.user.id), services.now()
    said = _zone_is(zone.key, now) if zone else texts.NO_ZONE_YET
    return ask(said, None, *await _zone_items(interaction, None, now))


async def choose_zone(
    interaction: Interaction[Bot], typed: str, reminder: NewReminder | None
) -> Reply:
    """Save a person's time zone, and go on with the reminder that needs it."""
    zone, now = zone_named(typed), interaction.client.services.now()
    if zone is None:
        found = find_zones(typed, now) if typed.strip() else []
        if not found:
            raise Refused(texts.NO_SUCH_ZONE)
        return ask(texts.WHICH_ZONE, reminder, ZoneSelect(reminder, found))
    await interaction.client.services.timezones.choose(interaction.user.id, zone)
    if reminder is None:
        return Reply(_zone_is(zone.key, now), is_stored=True)
    return await set_reminder(interaction, reminder)


def _zone_is(name: str, now: datetime) -> str:
    labels = dict(find_zones(name, now))
    return texts.your_zone(name, labels.get(name, name).split(" · ")[0])


async def _zone_items(
    interaction: Interaction[Bot], reminder: NewReminder | None, now: datetime
) -> list[ui.Item[Any]]:
    """Return the common zones, that of the server first, and a search for others."""
    zones = common_zones(now)
    servers = zone_of(await interaction.client.services.rules.of(home_of(interaction)))
    if servers is not None:
        others = [zone for zone in zones if zone[0] != servers.key]
        zones = [*find_zones(servers.key, now)[:1], *others]
    action, channel_id = ("search", reminder.channel_id) if reminder else ("zone", None)
    search = QuestionButton(action, channel_id, now, texts.SEARCH)
    return [ZoneSelect(reminder, zones), search]


class QuestionButton(
    BotButton, template=r"abi:draft:(?P<action>[a-z]+[01]?):(?P<channel>\d+):(?P<at>\d+)"
):
    """An answer to a question about a reminder that is not set yet."""

    def __init__(self, action: str, channel_id: int | None, at: datetime, label: str) -> None:
        custom_id = f"abi:draft:{action}:{channel_id or 0}:{int(at.timestamp())}"
        super().__init__(ui.Button(label=label[:80], custom_id=custom_id))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action = match["action"]
        if action == "zone":
            await interaction.response.send_modal(ZoneModal(None))
            return
        reminder = asked_about(interaction, match["channel"])
        if action == "search":
            await interaction.response.send_modal(ZoneModal(reminder))
        elif action == "redo":
            modal = ReminderModal(reminder, request_of(interaction))
            await interaction.response.send_modal(modal)
        else:
            asked_at = datetime.fromtimestamp(int(match["at"]), UTC)
            pick = asked_at, int(action[-1])
            await reply(interaction, set_reminder(interaction, reminder, pick=pick))


class ZoneSelect(BotSelect, template=r"abi:zone:(?P<kind>draft|alone):(?P<channel>\d+)"):
    def __init__(self, reminder: NewReminder | None, zones: list[tuple[str, str]]) -> None:
        place = f"draft:{reminder.channel_id or 0}" if reminder else "alone:0"
        super().__init__(zone_select(f"abi:zone:{place}", zones))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        is_alone = match["kind"] == "alone"
        reminder = None if is_alone else asked_about(interaction, match["channel"])
        await reply(interaction, choose_zone(interaction, self.item.values[0], reminder))


class ReminderModal(BotModal):
    """The form of one reminder; ``request_id`` is of what opened it."""

    def __init__(
        self, reminder: NewReminder, request_id: int, note: str = "", default_text: str = ""
    ) -> None:
        # Every process that has opened it takes the answer.
        super().__init__(title=texts.REMIND_ME, custom_id=f"abi:remind:{request_id}")
        self._reminder, self._request_id = reminder, request_id
        self._note, self._default = note, default_text
        self._when = when_input(reminder.when)
        self._text = text_input(reminder.text, required=not default_text)
        self.add_item(self._when).add_item(self._text)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        text = self.typed(self._text) or self._default
        reminder = replace(self._reminder, when=self.typed(self._when), text=text)
        await reply(
            interaction,
            set_reminder(interaction, reminder, self._note, request_id=self._request_id),
        )


class ZoneModal(BotModal):
    def __init__(self, reminder: NewReminder | None) -> None:
        super().__init__(title=texts.TIME_ZONE)
        self._reminder = reminder
        self._zone = text_field(texts.CITY, "zone", limit=100)
        self.add_item(self._zone)

    async def on_submit(self, interaction: Interaction[Bot]) -> None:  # type: ignore[override]
        chosen = choose_zone(interaction, self.typed(self._zone), self._reminder)
        await reply(interaction, chosen)


ITEMS = (QuestionButton, ZoneSelect, *LIST_ITEMS)
