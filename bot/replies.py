"""Replies to interactions: messages that one person reads."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import File, Interaction, ui
from discord.utils import MISSING

from bot.fallbacks import send_with_fallbacks
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from connectors.discord import DiscordRest


async def tell(
    interaction: Interaction[Any], body: MessageBody, said: str = "", *, is_thinking: bool = False
) -> None:
    """Tell one person something in a message of its own; ``said`` is what is left of it where it is refused.

    ``is_thinking``: the first response has shown that something comes, and that is this.
    """

    async def send(form: MessageBody) -> None:
        if not interaction.response.is_done():
            await respond(interaction, form, None)
        elif is_thinking:
            await edit_original(interaction, form)
        else:
            form = replace(form, ephemeral=True)
            rest = rest_of(interaction)
            await rest.create_followup(interaction.application_id, interaction.token, form)

    await send_with_fallbacks(send, body, said)


async def edit_original(interaction: Interaction[Any], body: MessageBody) -> None:
    rest = rest_of(interaction)
    body = replace(body, removes_files=True)
    await rest.edit_original(interaction.application_id, interaction.token, body)


async def respond(interaction: Interaction[Any], body: MessageBody, view: ui.View | None) -> None:
    await interaction.response.send_message(
        body.content or None,
        ephemeral=True,
        view=view or MISSING,
        files=discord_files(body) or MISSING,
        suppress_embeds=bool(body.suppress_embeds),
    )


def discord_files(body: MessageBody) -> list[File]:
    return [File(io.BytesIO(file.data), file.name) for file in body.all_files]


def rest_of(interaction: Interaction[Any]) -> DiscordRest:
    """Return the bot's REST client; its class stands above this file."""
    rest: DiscordRest = interaction.client.services.rest
    return rest
