"""The commands /model and /providers."""

from __future__ import annotations

from discord import Interaction, app_commands, ui
from discord.ext import commands

from bot.app import Bot
from bot.errors import Refused
from bot.providers import texts
from bot.providers.model_names import quoted
from bot.providers.preferences import Place, Preference, Scope
from bot.providers.status import check_all, goes_to, status_text
from cogs.autocomplete import model_choices, provider_choices
from cogs.rights import home_of, place_of
from cogs.ui import BotView, show

REFRESH = "abi:providers"
WHERE = [
    app_commands.Choice(name="for me, here", value=Scope.ME.value),
    app_commands.Choice(name="for this channel", value=Scope.CHANNEL.value),
    app_commands.Choice(name="for this server", value=Scope.SERVER.value),
]


class Models(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self.services = bot.services

    @app_commands.command(description="Show or change the model that answers here")
    @app_commands.describe(
        model="Model to use from now on; type to search",
        provider="Provider to use from now on",
        where="Where this applies (default: for you, here)",
        forget="Remove the choice made there",
    )
    @app_commands.choices(where=WHERE)
    @app_commands.autocomplete(provider=provider_choices, model=model_choices)
    async def model(
        self,
        interaction: Interaction[Bot],
        model: str | None = None,
        provider: str | None = None,
        where: str = Scope.ME.value,
        forget: bool = False,
    ) -> None:
        scope, place = Scope(where), place_of(interaction)
        wants_change = forget or model is not None or provider is not None
        if wants_change:
            self._check_permission(interaction, scope)
        await interaction.response.defer(ephemeral=True, thinking=True)
        done = ""
        if forget:
            await self.services.preferences.forget(place, scope)
            done = f"{texts.FORGOTTEN[scope]}\n"
        elif wants_change:
            name, model = await self.services.catalog.choose(provider, model)
            await self.services.preferences.choose(place, Preference(scope, name, model))
        await show(interaction, done + await self._overview(place))

    @app_commands.command(description="Show the status of all providers")
    async def providers(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_status(interaction)

    async def _overview(self, place: Place) -> str:
        route = await self.services.routing.route(place)
        rows = self.services.connectors.providers
        for_owner = self.services.is_owned_by(place.user_id)
        lines = [goes_to(route, rows.get(route.provider or ""), for_owner=for_owner)]
        for preference in await self.services.preferences.at(place):
            model = quoted(preference.model) if preference.model else texts.DEFAULT_MODEL
            label = rows[preference.provider].label
            lines.append(f"- {texts.CHOSEN[preference.scope]}: {label} · {model}")
        return "\n".join([*lines, texts.HOW_TO_CHOOSE])

    def _check_permission(self, interaction: Interaction[Bot], scope: Scope) -> None:
        if scope is Scope.ME:
            return
        if home_of(interaction) is None:
            raise Refused(texts.NO_SERVER)
        may = interaction.permissions
        if not (may.manage_channels if scope is Scope.CHANNEL else may.manage_guild):
            raise Refused(f"{texts.NEEDS[scope]} {texts.FOR_YOURSELF}")


class Refresh(BotView):
    @ui.button(label="Refresh", custom_id=REFRESH)
    async def refresh(self, interaction: Interaction[Bot], _: ui.Button[Refresh]) -> None:
        await interaction.response.defer()
        await show_status(interaction)


async def show_status(interaction: Interaction[Bot]) -> None:
    """Check the providers and show their status in the interaction's own message."""
    services = interaction.client.services
    statuses = await check_all(services.connectors, services.catalog)
    route = await services.routing.route(place_of(interaction))
    text = status_text(statuses, route, for_owner=services.is_owned_by(interaction.user.id))
    await show(interaction, text, Refresh())


async def setup(bot: Bot) -> None:
    await bot.add_cog(Models(bot))
    bot.add_view(Refresh())
