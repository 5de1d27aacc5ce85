"""Autocomplete of providers and models, from the lists in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from discord import Interaction, app_commands

from bot.errors import Refused
from bot.providers.texts import MORE_MODELS
from bot.text.formatting import on_one_line
from cogs.rights import place_of
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from bot.app import Bot

CHOICE_LIMIT, CHOICE_LENGTH = 25, 100  # source: discord, autocomplete

Choices = list[app_commands.Choice[str]]


async def provider_choices(interaction: Interaction[Bot], typed: str) -> Choices:
    """Return the providers that can be asked here now and match what was typed."""
    wanted = typed.strip().lower()
    services, may_be_asked = interaction.client.services, await _asked_here(interaction)
    names = [name for name in services.catalog.usable() if may_be_asked(name, None)]
    rows = [services.connectors.providers[name] for name in names]
    found = [row for row in rows if wanted in f"{row.label} {row.name}".lower()]
    return [app_commands.Choice(name=row.label, value=row.name) for row in found]


async def model_choices(interaction: Interaction[Bot], typed: str) -> Choices:
    """Return the best matching models that can be asked here; a value is ``provider:model``.

    A list that is too long for Discord ends with an entry that says so.
    """
    services = interaction.client.services
    try:
        name, _ = services.catalog.resolve(interaction.namespace.provider, None)
    except Refused:
        name = None
    found, may_be_asked = [], await _asked_here(interaction)
    for listed in services.catalog.search(typed, name, user_id=interaction.user.id):
        if not may_be_asked(listed.provider, listed.model):
            continue
        label = services.connectors.providers[listed.provider].label
        shown = f"{on_one_line(listed.model)} · {label}"[:CHOICE_LENGTH]
        value = f"{listed.provider}:{listed.model}"
        if len(value) <= CHOICE_LENGTH:
            found.append(app_commands.Choice(name=shown, value=value))
    if len(found) > CHOICE_LIMIT:
        more = MORE_MODELS.format(count=len(found) - CHOICE_LIMIT + 1)
        found[CHOICE_LIMIT - 1 :] = [app_commands.Choice(name=more, value=typed.strip() or "…")]
    return found


async def _asked_here(interaction: Interaction[Bot]) -> Callable[[str, str | None], bool]:
    """Return what tells whether a provider and its model may be asked here."""
    services = interaction.client.services
    is_local_only = await services.routing.is_local_only(place_of(interaction))
    return services.catalog.is_local if is_local_only else lambda *_: True


async def phrase_choices(
    typed: str, examples: Sequence[str], preview: Callable[[str], Awaitable[str]]
) -> Choices:
    """Return what a phrase for a time means so far, or examples if nothing is typed yet."""
    phrase = " ".join(typed.split())
    if not phrase:
        return [app_commands.Choice(name=example, value=example) for example in examples]
    if len(phrase) > CHOICE_LENGTH:
        return []
    try:
        return [app_commands.Choice(name=await preview(phrase), value=phrase)]
    except DatabaseUnavailable:
        return []
