"""Questions from commands, buttons and forms: accepted, or refused with another one to ask."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

from discord import ButtonStyle, Interaction, Thread, ui
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.heading import heading
from bot.answers.offers import Offer
from bot.answers.origin import TOKEN_LIFE_S, TOKEN_MARGIN_S, Origin
from bot.elsewhere import ensure_unanswered
from bot.errors import Refused
from bot.providers.routing import CannotAsk
from bot.replies import edit_original, respond, send_ephemeral
from cogs.objects import where_of
from cogs.rights import (
    is_silenced,
    manages,
    place_of,
    remembered,
    roles_of,
    rules_for,
    why_refused,
    within_limits,
)
from cogs.ui import BotButton, sees_alone, view_of
from connectors.discord import MessageBody

if TYPE_CHECKING:
    from bot.answers.record import Record
    from bot.app import Bot
    from bot.providers.question import Question


def heading_of(interaction: Interaction[Bot], question: Question, *, private: bool) -> str:
    """Return the line above an answer that others can read, or ""."""
    if private or interaction.context.dm_channel or not question.prompt:
        return ""
    files = [file.filename for file in question.attachments]
    return heading(interaction.user.display_name, question.prompt, files)


async def ask_here(
    interaction: Interaction[Bot],
    question: Question,
    *,
    private: bool,
    is_remembered: bool = True,
    reply_to: int | None = None,
) -> None:
    """Answer a question of a person below what they have used, in its conversation."""
    question = replace(
        question,
        turn=interaction.id if is_remembered else 0,
        author=interaction.user.display_name,
        author_id=interaction.user.id,
        where=where_of(interaction.channel, interaction.guild),
        is_command=True,
    )
    place, is_dm = place_of(interaction), interaction.context.dm_channel
    # Where the bot is away, others may have asked in private in the same thread.
    goes_on = is_dm or (isinstance(interaction.channel, Thread) and not place.is_away)
    if not (private or question.parent) and (reply_to or goes_on):
        services = interaction.client.services
        follow = services.conversations.follow(place, question, reply_to=reply_to, goes_on=goes_on)
        # The rules are needed soon: a database that does not answer is waited for once.
        question, _ = await asyncio.gather(follow, services.rules.of(place.guild_id))
    said = heading_of(interaction, question, private=private)
    await accept(interaction, question, said, private=private)


async def accept(
    interaction: Interaction[Bot],
    question: Question,
    said: str,
    *,
    private: bool,
    is_again: bool = False,
) -> None:
    services, place = interaction.client.services, place_of(interaction)
    if is_silenced(interaction):  # nobody is made to read what they ask
        said, private = "", True
    origin = Origin(
        application_id=interaction.application_id,
        token=interaction.token,
        interaction_id=interaction.id,
        channel_id=place.channel_id,
        guild_id=place.guild_id,
        user_id=place.user_id,
        private=private,
        expires_at=time.time() + TOKEN_LIFE_S - TOKEN_MARGIN_S,
        heading=said,
        is_away=place.is_away,
        offers_models=is_again,
        manages=manages(interaction),
    )

    async def acknowledge() -> bool:
        response = await interaction.response.defer(ephemeral=private, thinking=True)
        return response is not None and response.is_thinking()

    async def admit(question: Question, origin: Origin) -> tuple[Question, Origin]:
        rules = await rules_for(interaction)
        said = origin.heading if rules.shows_questions else ""
        stays_local = await services.routing.admit(place, question.provider, question.model)
        origin = replace(origin, heading=said, stays_local=stays_local)
        return remembered(question, rules), origin

    try:
        limited = within_limits(services, roles_of(interaction.user), admit)
        await services.accept(question, origin, acknowledge, limited)
    except CannotAsk as error:
        button = await _offered(interaction, error.instead, Offer(question, private))
        if button is None:
            raise
        await _refuse(interaction, why_refused(interaction, error), button)
    except Refused as error:
        if not interaction.response.is_done():
            raise
        await _refuse_late(interaction, str(error))


async def _refuse_late(interaction: Interaction[Bot], said: str) -> None:
    """Say alone to who asked why not, though everybody has seen that the bot is thinking."""
    rest, webhook = (
        interaction.client.services.rest,
        (interaction.application_id, interaction.token),
    )
    await ensure_unanswered(rest, *webhook, (0.0,))  # what another process has shown stays
    await rest.delete_original(*webhook)
    await send_ephemeral(interaction, rest, MessageBody(said))


async def _offered(
    interaction: Interaction[Bot], instead: str | None, refused: Offer
) -> InsteadButton | None:
    """Return a button that asks another provider, if there is one and the question can be kept."""
    services = interaction.client.services
    if instead is None:
        return None
    offer_id = await services.offers.keep(refused, place_of(interaction), interaction.id)
    label = services.catalog.label(instead)
    return InsteadButton(offer_id, instead, label) if offer_id else None


async def _refuse(interaction: Interaction[Bot], said: str, button: InsteadButton) -> None:
    """Say why a question is refused, in a message of its own: a private answer stays."""
    view = view_of(button)
    body = MessageBody(said, tuple(view.to_components()))
    if interaction.response.is_done():
        await edit_original(interaction, interaction.client.services.rest, body)
    else:
        await respond(interaction, body, view)


async def own_record(interaction: Interaction[Bot], answer_id: str) -> Record:
    """Return an answer that this person can see. Raise Refused, or DatabaseUnavailable."""
    record = await interaction.client.services.answers.find(answer_id)
    if record.origin.private and record.origin.user_id != interaction.user.id:
        raise Refused(texts.FORGOTTEN)  # Discord shows its buttons to nobody else
    return record


class InsteadButton(
    BotButton, template=r"abi:(?P<of>instead|offer):(?P<id>[0-9a-f]{16}):(?P<provider>[a-z_]+)"
):
    """A button below a refusal, or a failed answer: it asks another provider."""

    def __init__(self, of: str, provider: str, label: str) -> None:
        said = texts.ASK_INSTEAD.format(label=label)
        super().__init__(
            ui.Button(label=said, custom_id=f"abi:offer:{of}:{provider}", style=ButtonStyle.primary)
        )

    async def pressed(self, interaction: Interaction[Bot], match: re.Match[str]) -> None:
        services, is_offer = interaction.client.services, match["of"] == "offer"
        if is_offer:
            offer = await services.offers.take(match["id"], interaction.user.id)
        else:
            record = await own_record(interaction, match["id"])
            offer = Offer(replace(record.question, so_far=""), sees_alone(interaction))
        question = replace(offer.question, provider=match["provider"], model=None)
        said = heading_of(interaction, question, private=offer.private)
        private = offer.private
        await accept(interaction, question, said, private=private, is_again=not is_offer)
