"""/help: what the bot can do here, for this person."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from discord import Interaction, Thread, app_commands
from discord.ext import commands
from msgspec.structs import replace

from bot.doctor.permissions import missing
from bot.errors import Refused
from bot.help.overview import FOR_MANAGERS, About, Commands, Place, overview
from bot.providers.status import goes_to
from bot.storage.rules import DEFAULTS
from bot.times.zone_names import zone_label
from cogs.rights import home_of, is_away, place_of, rules_for
from cogs.ui import show
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.providers import preferences
    from bot.services import Services
    from bot.storage.rules import Rules


class Help(commands.Cog):
    @app_commands.command(description="Show what I can do for you here")
    async def help(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        refusal, rules = "", DEFAULTS
        try:
            rules = await rules_for(interaction)
        except Refused as error:
            refusal = str(error)
        place, about = _place(interaction, refusal), await _about(interaction, rules)
        await show(interaction, overview(_commands(interaction.client), place, about))


def _commands(bot: Bot) -> Commands:
    for_managers = [c.name for c in bot.tree.get_commands() if c.extras.get(FOR_MANAGERS)]
    return Commands(bot.own_commands(), bot.command_ids, for_managers)


def _place(interaction: Interaction[Bot], refusal: str) -> Place:
    services, context = interaction.client.services, interaction.context
    in_server, home = interaction.guild_id is not None, home_of(interaction)
    is_owner = services.is_owned_by(interaction.user.id)
    is_thread = isinstance(interaction.channel, Thread)
    held = interaction.app_permissions.value
    return Place(
        context=0 if in_server else 1 if context.dm_channel else 2,
        held=interaction.permissions.value,
        is_manager=is_owner or (home is not None and interaction.permissions.manage_guild),
        is_member=not is_away(interaction),
        lacks=tuple(missing(held, is_thread=is_thread)) if in_server else (),
        refusal=refusal,
        keeps=services.settings.is_lasting,
    )


async def _about(interaction: Interaction[Bot], rules: Rules) -> About:
    services, user_id = interaction.client.services, interaction.user.id
    answers = await _goes_to(services, place_of(interaction))
    try:
        zone = await services.timezones.of(user_id)
    except DatabaseUnavailable:
        return About(answers)
    is_servers = zone is None and bool(rules.zone)
    zone = zone or (ZoneInfo(rules.zone) if rules.zone else None)
    if zone is None:
        return About(answers, "")
    now = f"{services.now().astimezone(zone):%H:%M}"
    return About(answers, zone_label(zone.key), now, is_servers)


async def _goes_to(services: Services, place: preferences.Place) -> str:
    """Return where a person's questions go, with the model also if it is the default."""
    route = await services.routing.route(place)
    name = route.provider
    if name is None:
        return goes_to(route, None)
    model = route.model or route.models.get(name) or services.connectors.model_of(name)
    row = services.connectors.providers[name]
    absent = set(services.connectors.providers) - set(services.catalog.usable())
    return goes_to(replace(route, model=model), row, failing=absent)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Help())
