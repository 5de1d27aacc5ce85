"""Where a question goes, and why: chosen in the question, with /model, by the owner, or the first that is set up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.providers import texts
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from bot.providers.catalog import Catalog
    from bot.providers.preferences import Place
    from bot.storage.preferences import Preferences

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """The providers to ask, in this order, each at most once; the model (None: a provider's default); the reason.

    What a person chose is never replaced: then there is one provider only.
    """

    candidates: tuple[str, ...]
    model: str | None
    why: str
    is_chosen: bool = False

    @property
    def provider(self) -> str | None:
        """The provider that is asked first; None where none is set up."""
        return next(iter(self.candidates), None)

    @property
    def chosen(self) -> str | None:
        """The provider that a person chose, by its name or with one of its models."""
        return self.provider if self.is_chosen else None


class Routing:
    """Decides for each question. ``default`` is what ABI_PROVIDER names."""

    def __init__(self, catalog: Catalog, preferences: Preferences, default: str | None) -> None:
        self._catalog = catalog
        self._preferences = preferences
        self._default = default

    async def route(
        self, place: Place, provider: str | None = None, model: str | None = None
    ) -> Route:
        """Return where a question asked in a place goes; provider and model are what it names itself.

        Raises Refused for a provider that does not exist. Without its database the bot goes on without choices.
        """
        name, model = self._catalog.resolve(provider, model)
        if name is not None:
            return Route((name,), model, texts.IN_QUESTION, is_chosen=True)
        chosen = await self._chosen_at(place) if model is None else None
        return chosen or await self._of_the_bot(model)

    async def _chosen_at(self, place: Place) -> Route | None:
        try:
            preferences = await self._preferences.at(place)
        except DatabaseUnavailable as error:
            log.error("the choices of /model cannot be read: %s", error)
            return None
        for preference in preferences:
            if self._catalog.knows(preference.provider):
                why = texts.CHOSEN[preference.scope]
                return Route((preference.provider,), preference.model, why, is_chosen=True)
        return None

    async def _of_the_bot(self, model: str | None) -> Route:
        if not self._catalog.usable():
            await self._catalog.look_for_local()
        usable = self._catalog.usable()
        first = self._default or next(iter(usable), None)
        if first is None:
            return Route((), model, texts.NONE)
        why = texts.FIRST if self._default is None else texts.BY_OWNER
        if model is not None:  # a person chose it, so no other provider's model may take its place
            return Route((first,), model, why, is_chosen=True)
        return Route((first, *(name for name in usable if name != first)), model, why)
