"""The commands /model and /providers."""

from __future__ import annotations

import re

from discord import ButtonStyle, Interaction, app_commands, ui
from discord.ext import commands

from bot.app import Bot
from bot.errors import Refused
from bot.providers import texts
from bot.providers.model_names import quoted
from bot.providers.preferences import Preference, Scope
from bot.providers.routing import CannotAsk
from bot.providers.status import check_all, goes_to, status_text
from cogs.autocomplete import model_choices, provider_choices
from cogs.rights import home_of, place_of, reader_of, why_refused
from cogs.ui import BotButton, BotView, show, view_of

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
            check_permission(interaction, scope)
        await interaction.response.defer(ephemeral=True, thinking=True)
        done = ""
        if forget:
            await self.services.preferences.forget(place, scope)
            done = f"{texts.FORGOTTEN[scope]}\n"
        elif wants_change:
            try:
                await choose(interaction, scope, provider, model)
            except CannotAsk as error:
                await refuse(interaction, error, scope)
                return
        await show(interaction, done + await overview(interaction))

    @app_commands.command(description="Show the status of all providers")
    async def providers(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_status(interaction)


class UseButton(BotButton, template=r"abi:use:(?P<scope>me|channel|server):(?P<provider>[a-z_]+)"):
    """A button below a choice that was refused: it chooses another provider instead."""

    def __init__(self, scope: Scope, provider: str, label: str) -> None:
        super().__init__(
            ui.Button(
                label=texts.USE_INSTEAD.format(label=label),
                custom_id=f"abi:use:{scope}:{provider}",
                style=ButtonStyle.primary,
            )
        )

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        scope = Scope(match["scope"])
        check_permission(interaction, scope)
        await interaction.response.defer()
        await choose(interaction, scope, match["provider"], None)
        await show(interaction, await overview(interaction))


class Refresh(BotView):
    @ui.button(label="Refresh", custom_id=REFRESH)
    async def refresh(self, interaction: Interaction[Bot], _: ui.Button[Refresh]) -> None:
        await interaction.response.defer()
        await show_status(interaction)


def check_permission(interaction: Interaction[Bot], scope: Scope) -> None:
    """Raise Refused if somebody may not choose for others."""
    if scope is Scope.ME:
        return
    if home_of(interaction) is None:
        raise Refused(texts.NO_SERVER)
    may = interaction.permissions
    if not (may.manage_channels if scope is Scope.CHANNEL else may.manage_guild):
        raise Refused(f"{texts.NEEDS[scope]} {texts.FOR_YOURSELF}")


async def choose(
    interaction: Interaction[Bot], scope: Scope, provider: str | None, model: str | None
) -> None:
    """Keep a choice. Raises CannotAsk, Refused or DatabaseUnavailable."""
    services, place = interaction.client.services, place_of(interaction)
    name, model = await services.routing.choose(place, provider, model)
    await services.preferences.choose(place, Preference(scope, name, model))


async def refuse(interaction: Interaction[Bot], error: CannotAsk, scope: Scope) -> None:
    """Say why a choice is refused, with a button that makes another one."""
    view = None
    if error.instead is not None:
        label = interaction.client.services.catalog.label(error.instead)
        view = view_of(UseButton(scope, error.instead, label))
    await show(interaction, why_refused(interaction, error), view)


async def overview(interaction: Interaction[Bot]) -> str:
    """Return where questions asked here go, and what is chosen here."""
    services, place = interaction.client.services, place_of(interaction)
    route, rows = await services.routing.route(place), services.connectors.providers
    absent = set(rows) - set(services.catalog.usable())
    lines = [goes_to(route, rows.get(route.provider or ""), reader_of(interaction), absent)]
    for preference in await services.preferences.read(place):
        model = quoted(preference.model) if preference.model else texts.DEFAULT_MODEL
        label = rows[preference.provider].label
        lines.append(f"- {texts.CHOSEN[preference.scope]}: {label} · {model}")
    return "\n".join([*lines, texts.HOW_TO_CHOOSE])


async def show_status(interaction: Interaction[Bot]) -> None:
    """Check the providers and show their status in the interaction's own message."""
    services = interaction.client.services
    statuses = await check_all(services.connectors, services.catalog)
    route = await services.routing.route(place_of(interaction))
    text = status_text(statuses, route, reader_of(interaction))
    await show(interaction, text, Refresh())


async def setup(bot: Bot) -> None:
    await bot.add_cog(Models(bot))
    bot.add_view(Refresh())
    bot.add_dynamic_items(UseButton)
