"""Replies to interactions: messages that one person reads."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from discord import File, Interaction, ui
from discord.utils import MISSING

from bot.fallbacks import send_with_fallbacks
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from bot.app import Bot


async def tell(
    interaction: Interaction[Bot], body: MessageBody, said: str = "", *, is_thinking: bool = False
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
            rest = interaction.client.rest
            form = replace(form, ephemeral=True)
            await rest.create_followup(interaction.application_id, interaction.token, form)

    await send_with_fallbacks(send, body, said)


async def edit_original(interaction: Interaction[Bot], body: MessageBody) -> None:
    rest = interaction.client.rest
    body = replace(body, removes_files=True)
    await rest.edit_original(interaction.application_id, interaction.token, body)


async def respond(interaction: Interaction[Bot], body: MessageBody, view: ui.View | None) -> None:
    await interaction.response.send_message(
        body.content or None,
        ephemeral=True,
        view=view or MISSING,
        files=discord_files(body) or MISSING,
        suppress_embeds=bool(body.suppress_embeds),
    )


def discord_files(body: MessageBody) -> list[File]:
    return [File(io.BytesIO(file.data), file.name) for file in body.all_files]
