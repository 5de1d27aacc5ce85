"""Offers below an answer: another provider, or other models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.buttons import instead_row, model_row
from bot.text.formatting import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.answers.record import Record
    from bot.providers.catalog import ListedModel
    from bot.providers.generation import Generation
    from bot.providers.routing import Routing
    from connectors.discord import Component


def below(record: Record, generation: Generation, routing: Routing) -> tuple[Component, ...]:
    """Return a button that asks another provider where all have failed, or a select of models."""
    failed = {failure.row.name for failure in generation.failures}
    is_local_only, catalog = generation.outlet.is_local_only, routing.catalog
    if failed and generation.finish_reason is None and not generation.has_begun:
        name = routing.instead(failed, is_local_only=is_local_only)
        return instead_row(record.id, name, catalog.label(name)) if name else ()
    if not record.origin.offers_models:
        return ()
    found = [
        listed
        for listed in catalog.search("", user_id=record.origin.user_id)
        if not is_local_only or catalog.is_local(listed.provider, listed.model)
    ]
    used = generation.provider, generation.model
    return model_row(record.id, models_to_offer(found, used, catalog.label))


def models_to_offer(
    found: Iterable[ListedModel],
    used: tuple[str | None, str | None],
    label: Callable[[str], str],
) -> dict[str, str]:
    """Return the models besides the one used: what is chosen, and what is shown of it."""
    others = [listed for listed in found if (listed.provider, listed.model) != used]
    return {
        f"{other.provider}:{other.model}": f"{on_one_line(other.model)} · {label(other.provider)}"
        for other in others
    }
