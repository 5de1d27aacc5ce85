"""Where a question goes, and why: chosen in the question, with /model, by the owner, or the first that is set up."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.catalogue import Catalogue
from bot.errors import DatabaseUnavailable
from bot.places import Place, Scope

if TYPE_CHECKING:
    from bot.choices import Choices

log = logging.getLogger(__name__)

IN_WORDS = {
    Scope.ME: "chosen for you here",
    Scope.CHANNEL: "chosen for this channel",
    Scope.SERVER: "chosen for the server",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A provider (None: there is none), a model (None: its default), and the reason in words.

    What a person chose is never replaced when it fails; the bot's own choice is.
    """

    provider: str | None
    model: str | None
    why: str
    is_chosen: bool = False


class Routing:
    """Decides for each question. ``default`` is what ABI_PROVIDER names."""

    def __init__(self, catalogue: Catalogue, choices: "Choices", default: str | None) -> None:
        self._catalogue = catalogue
        self._choices = choices
        self._default = default

    async def route(
        self, place: Place, provider: str | None = None, model: str | None = None
    ) -> Route:
        """Return where a question asked in a place goes; provider and model are what it names itself.

        Raises Refused for a provider that does not exist. Without its database the bot goes on without choices.
        """
        name, model = self._catalogue.resolve(provider, model)
        if name is not None:
            return Route(name, model, "chosen in the question", is_chosen=True)
        if model is None:
            try:
                known = await self._choices.at(place)
                chosen = [choice for choice in known if self._catalogue.knows(choice.provider)]
            except DatabaseUnavailable as error:
                log.error("the choices of /model cannot be read: %s", error)
                chosen = []
            if chosen:
                return Route(
                    chosen[0].provider, chosen[0].model, IN_WORDS[chosen[0].scope], is_chosen=True
                )
        return self._of_the_bot(model)

    def _of_the_bot(self, model: str | None) -> Route:
        if self._default is not None:
            return Route(self._default, model, "ABI_PROVIDER names it", is_chosen=model is not None)
        usable = self._catalogue.usable()
        if not usable:
            return Route(None, model, "no provider is set up")
        return Route(usable[0], model, "the first that is set up", is_chosen=model is not None)
