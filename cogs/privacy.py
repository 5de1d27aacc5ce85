"""/privacy: what is stored about a person, for themselves; and for a server, for its managers."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from discord import ButtonStyle, Guild, Interaction, app_commands, ui
from discord.ext import commands

from bot.errors import Refused
from bot.privacy import texts
from bot.privacy.overview import Destination, about_person, about_server
from bot.privacy.request import Asker, places_of
from bot.storage.holdings import OptOut
from cogs.ui import BotButton, Reply, defer, reply, request_of, view_of
from connectors import ConnectorError
from connectors.discord import time_snowflake

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger(__name__)


class PrivacyButton(BotButton, template=r"abi:privacy:(?P<action>[a-z-]+)"):
    """A button of /privacy; its id says what is to be done."""

    def __init__(self, action: str, label: str, *, is_danger: bool = False) -> None:
        style = ButtonStyle.danger if is_danger else ButtonStyle.secondary
        super().__init__(ui.Button(label=label, style=style, custom_id=f"abi:privacy:{action}"))

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        action = match["action"]
        if action in REQUESTS:
            await REQUESTS[action](interaction)
        elif action in PAGES:
            await reply(interaction, PAGES[action](interaction))


async def show_person(interaction: Interaction[Bot]) -> Reply:
    """Return what is stored about whoever has asked."""
    services, user_id = interaction.client.services, interaction.user.id
    try:
        places = await places_of(services.rest, user_id, is_server=False)
    except ConnectorError:
        places = ()
    census = await services.privacy.count(user_id, places=places)
    left_out_of = await services.privacy.left_out_of(user_id)
    days = services.settings.history_days
    said = about_person(census, left_out_of, _destinations(interaction.client), days)
    return Reply(said, view_of(*_buttons(interaction, left_out_of)))


def _buttons(interaction: Interaction[Bot], left_out_of: set[str]) -> Iterator[ui.Item[Any]]:
    yield PrivacyButton("export", texts.EXPORT)
    yield PrivacyButton("delete", texts.DELETE, is_danger=True)
    is_out = OptOut.DIGESTS in left_out_of
    yield PrivacyButton(
        "digests-in" if is_out else "digests-out",
        texts.DIGESTS_IN if is_out else texts.DIGESTS_OUT,
    )
    is_out = OptOut.HISTORY in left_out_of
    yield PrivacyButton(
        "history-in" if is_out else "history-out",
        texts.HISTORY_IN if is_out else texts.HISTORY_OUT,
    )
    if _manages(interaction):
        yield PrivacyButton("server", texts.SERVER)


def _destinations(bot: Bot) -> list[Destination]:
    connectors = bot.services.connectors
    return [
        Destination(
            name,
            connectors.providers[name].label,
            is_near=connectors.is_local(name),
            is_own=not connectors.address_is_default(name),
        )
        for name in bot.services.catalog.usable()
    ]


async def show_server(interaction: Interaction[Bot]) -> Reply:
    """Return what is stored for a server that this person manages. Raises Refused."""
    guild_id, services = managed(interaction), interaction.client.services
    census = await services.privacy.count(guild_id, is_server=True)
    own = (await services.rules.of(guild_id)).retention_days
    said = about_server(census, services.settings.history_days if own is None else own)
    view = view_of(
        PrivacyButton("server-delete", texts.DELETE, is_danger=True),
        PrivacyButton("me", texts.ME),
    )
    return Reply(said, view)


def managed(interaction: Interaction[Bot]) -> int:
    """Return the id of a server that this person manages. Raises Refused."""
    if interaction.guild_id is None or not _manages(interaction):
        raise Refused(texts.NOT_A_MANAGER)
    return interaction.guild_id


def _manages(interaction: Interaction[Bot]) -> bool:
    """Return whether a person manages the server, which has the bot itself as a member.

    Where people have brought the bot along, what is stored is theirs.
    """
    return interaction.is_guild_integration() and interaction.permissions.manage_guild


async def ask_to_delete(_: Interaction[Bot]) -> Reply:
    return _sure(texts.SURE, "delete-yes", texts.YES_DELETE, "me")


async def ask_to_forget(_: Interaction[Bot]) -> Reply:
    return _sure(texts.HISTORY_SURE, "history-yes", texts.YES_FORGET, "me")


async def ask_to_delete_server(interaction: Interaction[Bot]) -> Reply:
    managed(interaction)
    return _sure(texts.SERVER_SURE, "server-yes", texts.YES_DELETE, "server")


def _sure(said: str, action: str, label: str, back: str) -> Reply:
    yes = PrivacyButton(action, label, is_danger=True)
    return Reply(said, view_of(yes, PrivacyButton(back, texts.BACK)))


async def leave_out(interaction: Interaction[Bot], name: OptOut, *, is_out: bool) -> Reply:
    services, user_id = interaction.client.services, interaction.user.id
    await services.privacy.leave_out(user_id, name, is_out=is_out)
    return await show_person(interaction)


async def export(interaction: Interaction[Bot]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.client.services.privacy.export(_asker(interaction))


async def delete(interaction: Interaction[Bot]) -> None:
    await defer(interaction)
    await interaction.client.services.privacy.delete(_asker(interaction))


async def delete_server(interaction: Interaction[Bot]) -> None:
    guild_id = managed(interaction)
    await defer(interaction)
    await interaction.client.services.privacy.delete(_asker(interaction), server_id=guild_id)


def _asker(interaction: Interaction[Bot]) -> Asker:
    return Asker(
        interaction.user.id,
        interaction.id,
        interaction.application_id,
        interaction.token,
        request_of(interaction),
    )


PAGES: dict[str, Callable[[Interaction[Bot]], Awaitable[Reply]]] = {
    "me": show_person,
    "server": show_server,
    "delete": ask_to_delete,
    "history-out": ask_to_forget,
    "server-delete": ask_to_delete_server,
    "history-yes": lambda i: leave_out(i, OptOut.HISTORY, is_out=True),
    "history-in": lambda i: leave_out(i, OptOut.HISTORY, is_out=False),
    "digests-out": lambda i: leave_out(i, OptOut.DIGESTS, is_out=True),
    "digests-in": lambda i: leave_out(i, OptOut.DIGESTS, is_out=False),
}
REQUESTS = {"export": export, "delete-yes": delete, "server-yes": delete_server}


class PrivacyCommand(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @app_commands.command(description="See, export or delete what I have stored about you")
    async def privacy(self, interaction: Interaction[Bot]) -> None:
        await reply(interaction, show_person(interaction))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: Guild) -> None:
        """Delete what is stored for a server that the bot has left, unless it is back by then."""
        services = self._bot.services
        await services.loaded()
        after = timedelta(days=services.settings.history_days)
        try:
            now_id = time_snowflake(services.now())
            await services.privacy.server_left(guild.id, now_id, after)
        except ConnectorError as error:
            log.error("what is stored for a server that was left stays: %s", error)


async def setup(bot: Bot) -> None:
    bot.add_dynamic_items(PrivacyButton)
    await bot.add_cog(PrivacyCommand(bot))
