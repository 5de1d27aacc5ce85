"""/usage: what somebody has used, or a server, as a picture, in words and as a file."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Interaction, SelectOption, app_commands, ui
from discord.ext import commands

from bot.errors import Refused
from bot.fallbacks import send_with_fallbacks
from bot.limits.bounds import Whose
from bot.replies import edit_original, send_ephemeral
from bot.storage.rules import zone_of
from bot.storage.use import Account
from bot.usage import texts
from bot.usage.download import Download, of_person, of_server
from bot.usage.overview import Facts, overview
from bot.usage.periods import MONTH, NAMES, Period, period_of
from cogs.rights import home_of, roles_of
from cogs.ui import BotButton, BotSelect, defer, view_of
from connectors.discord import File, MessageBody

if TYPE_CHECKING:
    from bot.app import Bot

ME, SERVER = "me", "server"
WHOSE = [
    app_commands.Choice(name="mine, wherever I asked", value=ME),
    app_commands.Choice(name="this server's", value=SERVER),
]
PERIODS = [app_commands.Choice(name=label, value=key) for key, label in texts.CHOICES.items()]
_WHOSE, _PERIOD = f"(?P<whose>{ME}|{SERVER})", f"(?P<period>{'|'.join(NAMES)})"


class Usage(commands.Cog):
    @app_commands.command(description="Show what you have used: questions, tokens and money")
    @app_commands.describe(
        whose="Whose figures (a server's are for those who manage it)",
        period="Since when (default: this month)",
    )
    @app_commands.choices(whose=WHOSE, period=PERIODS)
    async def usage(
        self, interaction: Interaction[Bot], whose: str = ME, period: str = MONTH
    ) -> None:
        await show_figures(interaction, whose, period)


async def show_figures(interaction: Interaction[Bot], whose: str, name: str) -> None:
    """Show figures to one person only, in place of those they see. Raises Refused."""
    guild_id = _managed_guild(interaction) if whose == SERVER else None
    await defer(interaction)
    facts = await _facts(interaction, guild_id, name)
    files = (await _picture(facts),) if facts.report.days else ()
    view = view_of(*_items(interaction, whose, facts))
    body = MessageBody(overview(facts), tuple(view.to_components()), files)
    rest = interaction.client.services.rest
    await send_with_fallbacks(partial(edit_original, interaction, rest), body)


async def send_file(interaction: Interaction[Bot], whose: str, name: str) -> None:
    """Send all figures to one person as a file. Raises Refused."""
    guild_id = _managed_guild(interaction) if whose == SERVER else None
    await interaction.response.defer(ephemeral=True, thinking=True)
    period = await _period(interaction, name)
    found, said = await _download(interaction, guild_id, period), texts.PERIODS[name]
    body = MessageBody(texts.CSV_NOTHING.format(period=said))
    if found.data:
        content = texts.CSV.format(period=said, line=texts.CSV_LINES[found.kind])
        file = File(f"usage-{name}.csv", found.data, "text/csv; charset=utf-8")
        body = MessageBody(content, files=(file,))
    rest = interaction.client.services.rest
    await send_ephemeral(interaction, rest, body, is_thinking=True)


async def _facts(interaction: Interaction[Bot], guild_id: int | None, name: str) -> Facts:
    services = interaction.client.services
    period = await _period(interaction, name)
    first, is_monthly = period.days[0], period.is_monthly
    reports = services.stored.usage_reports
    if guild_id is None:
        report = await reports.of_person(interaction.user.id, first, is_monthly=is_monthly)
    else:
        report = await reports.of_server(guild_id, first, is_monthly=is_monthly)
    zone = zone_of(await services.rules.of(guild_id)) or UTC
    return Facts(
        report,
        period,
        _labels(interaction),
        f"{zone}",
        is_server=guild_id is not None,
        limits=await _limits(interaction, guild_id),
    )


async def _limits(interaction: Interaction[Bot], guild_id: int | None) -> list[str]:
    """Return how much is used of a server's limits, or of a person's in this place."""
    whose = Whose.PERSON if guild_id is None else Whose.SERVER
    account = Account(f"{interaction.id}", home_of(interaction) or 0, interaction.user.id)
    limits = interaction.client.services.limits
    return await limits.standing(account, whose, roles_of(interaction.user))


async def _download(
    interaction: Interaction[Bot], guild_id: int | None, period: Period
) -> Download:
    reports, labels = interaction.client.services.stored.usage_reports, _labels(interaction)
    if guild_id is None:
        return await of_person(reports, interaction.user.id, period.days[0], labels)
    return await of_server(reports, guild_id, period.days[0], labels)


async def _period(interaction: Interaction[Bot], name: str) -> Period:
    """Return a period by the clock by which usage is counted here."""
    services = interaction.client.services
    zone = zone_of(await services.rules.of(home_of(interaction))) or UTC
    return period_of(name, services.now().astimezone(zone))


async def _picture(facts: Facts) -> File:
    """Draw in a thread: it takes a tenth of a second, and Pillow is imported for it."""

    def draw() -> File:
        from bot.usage.picture import picture_of

        data, alt = picture_of(facts)
        return File("usage.png", data, "image/png", alt)

    return await asyncio.to_thread(draw)


def _labels(interaction: Interaction[Bot]) -> dict[str, str]:
    rows = interaction.client.services.connectors.providers
    return {name: row.label for name, row in rows.items()}


def _manages(interaction: Interaction[Bot]) -> bool:
    return home_of(interaction) is not None and interaction.permissions.manage_guild


def _managed_guild(interaction: Interaction[Bot]) -> int:
    """Return the id of a server that this person manages and the bot belongs to. Raises Refused."""
    guild_id = home_of(interaction)
    if guild_id is None:
        raise Refused(texts.NO_SERVER)
    if not _manages(interaction):
        raise Refused(texts.NOT_ALLOWED)
    return guild_id


def _items(interaction: Interaction[Bot], whose: str, facts: Facts) -> list[ui.Item[Any]]:
    name = facts.period.name
    items: list[ui.Item[Any]] = [PeriodSelect(whose, name)]
    if facts.report.days:
        items.append(UsageButton("csv", whose, name))
    if _manages(interaction) and interaction.is_guild_integration():
        items.append(UsageButton("show", ME if whose == SERVER else SERVER, name))
    return items


class PeriodSelect(BotSelect, template=f"abi:usage:{_WHOSE}"):
    """The periods for which figures are shown."""

    def __init__(self, whose: str, name: str) -> None:
        options = [
            SelectOption(label=label, value=key, default=key == name)
            for key, label in texts.CHOICES.items()
        ]
        super().__init__(ui.Select(custom_id=f"abi:usage:{whose}", options=options))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        await show_figures(interaction, match["whose"], self.item.values[0])


class UsageButton(BotButton, template=f"abi:usage:(?P<action>csv|show):{_WHOSE}:{_PERIOD}"):
    """Shows the figures of somebody else, or sends all of them as a file."""

    def __init__(self, action: str, whose: str, name: str) -> None:
        label = texts.DOWNLOAD if action == "csv" else texts.WHOSE[whose == SERVER]
        custom_id = f"abi:usage:{action}:{whose}:{name}"
        super().__init__(ui.Button(label=label, custom_id=custom_id, style=ButtonStyle.secondary))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        act = send_file if match["action"] == "csv" else show_figures
        await act(interaction, match["whose"], match["period"])


async def setup(bot: Bot) -> None:
    bot.add_dynamic_items(PeriodSelect, UsageButton)
    await bot.add_cog(Usage())
