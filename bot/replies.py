"""Replies to interactions that only one person sees."""

import io
from typing import Any

from discord import File, Interaction, ui
from discord.utils import MISSING
from msgspec.structs import replace

from bot.fallbacks import send_with_fallbacks
from connectors.discord import DiscordRest, MessageBody


async def send_ephemeral(
    interaction: Interaction[Any],
    rest: DiscordRest,
    body: MessageBody,
    intro: str = "",
    *,
    is_thinking: bool = False,
) -> None:
    """Send a message of its own to one person; ``intro`` is what is left if Discord refuses it.

    ``is_thinking``: the first response said that the bot is thinking, and this takes its place.
    """

    async def send(form: MessageBody) -> None:
        if not interaction.response.is_done():
            await respond(interaction, form, None)
        elif is_thinking:
            await edit_original(interaction, rest, form)
        else:
            form = replace(form, ephemeral=True)
            await rest.create_followup(interaction.application_id, interaction.token, form)

    await send_with_fallbacks(send, body, intro)


async def edit_original(
    interaction: Interaction[Any], rest: DiscordRest, body: MessageBody
) -> None:
    """Put a message in the place of the first response, with its files only."""
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
    return [
        File(io.BytesIO(file.data), file.name, description=file.description or None)
        for file in body.files
    ]
