"""Autocomplete of providers and models, from the lists in memory."""

from collections.abc import Awaitable, Callable, Sequence

from discord import app_commands

from bot.errors import Refused
from bot.providers.catalog import Catalog
from bot.providers.texts import MORE_MODELS
from bot.text.formatting import on_one_line
from connectors import Connectors
from connectors.database import DatabaseUnavailable

CHOICE_LIMIT, CHOICE_LENGTH = 25, 100  # source: discord, autocomplete

Choices = list[app_commands.Choice[str]]


def provider_choices(connectors: Connectors, catalog: Catalog, typed: str) -> Choices:
    """Return the providers that can be asked now and match what was typed."""
    wanted = typed.strip().lower()
    rows = [connectors.providers[name] for name in catalog.usable()]
    found = [row for row in rows if wanted in f"{row.label} {row.name}".lower()]
    return [app_commands.Choice(name=row.label, value=row.name) for row in found]


def model_choices(
    connectors: Connectors, catalog: Catalog, typed: str, provider: str | None, user_id: int
) -> Choices:
    """Return the best matching models of one provider or of all; a value is ``provider:model``.

    A list that is too long for Discord ends with an entry that says so.
    """
    try:
        name, _ = catalog.resolve(provider, None)
    except Refused:
        name = None
    found = [
        app_commands.Choice(
            name=f"{on_one_line(listed.model)} · {label}"[:CHOICE_LENGTH], value=value
        )
        for listed in catalog.search(typed, name, user_id=user_id)
        if (label := connectors.providers[listed.provider].label)
        and len(value := f"{listed.provider}:{listed.model}") <= CHOICE_LENGTH
    ]
    if len(found) > CHOICE_LIMIT:
        more = MORE_MODELS.format(count=len(found) - CHOICE_LIMIT + 1)
        found[CHOICE_LIMIT - 1 :] = [app_commands.Choice(name=more, value=typed.strip() or "…")]
    return found


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
