"""The memory and the figures of an answer that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.recorder import Event

if TYPE_CHECKING:
    from bot.providers.catalog import Catalog
    from bot.providers.generation import Generation

NOBODY, OTHER = "none", "other"


def note_end(
    catalog: Catalog, generation: Generation, user_id: int, how: str, took_s: float | None
) -> None:
    """Count an answer, and remember which model answered, to offer it first the next time.

    ``how`` says in one word why it is not whole, as far as its model knows nothing of it.
    ``took_s`` is None if another process has begun it.
    """
    name, model = generation.provider, generation.model
    if name and model and generation.finish_reason:
        catalog.note_use(user_id, name, model)
    # People may type any model: only listed names and defaults become labels.
    listed = catalog.listed_name(name, model) if name else None
    labels = name or NOBODY, listed or OTHER, how or outcome_of(generation)
    catalog.recorder.count(Event.QUESTION, *labels)
    if took_s is not None:
        catalog.recorder.observe(Event.ANSWER_S, took_s, name or NOBODY)


def outcome_of(generation: Generation) -> str:
    """Return how a generation ended, in one word."""
    if generation.is_refusal:
        return "refused"
    reason = generation.finish_reason
    return "failed" if reason is None else "answered" if reason == "stop" else reason
