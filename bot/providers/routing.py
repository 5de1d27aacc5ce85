"""The providers to ask: chosen in the question, with /model, by the owner, or the first set up."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from bot.errors import Refused
from bot.providers import texts
from bot.providers.outlet import IsLocalOnly, Outlet, nowhere
from bot.storage.rules import UNKNOWN, Rules, RulesOf, no_rules
from connectors.database import DatabaseUnavailable
from connectors.provider import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bot.providers.catalog import Catalog
    from bot.providers.choices import Choices
    from bot.providers.preferences import Place

log = logging.getLogger(__name__)


class CannotAsk(Refused):
    """A question cannot be asked of whom it names.

    ``instead`` is a provider that would answer, and ``operator`` what the bot's owner can do.
    """

    def __init__(self, text: str, instead: str | None = None, operator: str = "") -> None:
        super().__init__(text)
        self.instead = instead
        self.operator = operator


class Route(msgspec.Struct, frozen=True):
    """The providers to ask, in order; the model, or None for each provider's default; the reason.

    A person's choice is never replaced: then there is only one candidate. ``limit_s`` bounds the
    whole answer, whoever writes it. ``models`` names the models of providers that are not asked
    for their default. ``is_local_only``: others than local ones may not be asked.
    """

    candidates: tuple[str, ...]
    model: str | None
    why: str
    is_chosen: bool = False
    limit_s: float | None = None
    models: Mapping[str, str] = {}
    is_local_only: bool = False

    @property
    def provider(self) -> str | None:
        """The first provider to ask, or None if none is set up."""
        return next(iter(self.candidates), None)

    @property
    def chosen(self) -> str | None:
        """The provider that a person chose, by name or by one of its models."""
        return self.provider if self.is_chosen else None


class Routing:
    """Decides where a question goes, and how long its answer may take.

    ``default`` is the provider named by ABI_PROVIDER, ``order`` are those of ABI_PROVIDERS: if
    there are any, others are asked only by name.
    """

    def __init__(
        self,
        catalog: Catalog,
        preferences: Choices,
        default: str | None,
        limit_s: float | None = None,
        order: Sequence[str] = (),
        rules: RulesOf = no_rules,
        is_local_only: IsLocalOnly = nowhere,
    ) -> None:
        self.catalog = catalog
        self.is_local_only = is_local_only
        self._preferences = preferences
        self._default = default
        self._order = order
        self._limit_s = limit_s
        self._rules = rules

    def outlet(self, place: Place) -> Outlet:
        """Return the only way by which what is said in a place may reach a provider."""
        return Outlet(self.catalog.connectors, place, self.is_local_only)

    async def admit(self, place: Place, provider: str | None, model: str | None) -> bool:
        """Return whether only local models may answer in a place, before anything is sent.

        Raise CannotAsk if a question that names these cannot be asked there, and Refused for an
        unknown provider. Takes two seconds at most, and one where other models may answer.
        """
        named, _ = self.catalog.resolve(provider, model)
        is_local_only = await self.is_local_only(place)
        try:
            name, model = await self.catalog.admit(provider, model, is_local_only=is_local_only)
            if is_local_only and not await self._has_local(name, model):
                raise Refused(self._why_not_local(name))
        except Refused as error:
            instead = self.instead((), is_local_only=is_local_only)
            raise CannotAsk(str(error), instead, self._how_to_set_up(named)) from error
        return is_local_only

    async def choose(
        self, place: Place, provider: str | None, model: str | None
    ) -> tuple[str, str | None]:
        """Return the provider and model that somebody chooses in a place for later questions.

        Raise CannotAsk, Refused for a model that there is not, or DatabaseUnavailable where the
        rules are not known.
        """
        if await self._rules(place.guild_id) is UNKNOWN:
            raise DatabaseUnavailable
        is_local_only = await self.admit(place, provider, model)
        name, model = await self.catalog.choose(provider, model)
        if is_local_only and not self.catalog.is_local(name, model):
            raise CannotAsk(self._why_not_local(name), self.instead((), is_local_only=True))
        return name, model

    def _how_to_set_up(self, name: str | None) -> str:
        """Return what the bot's owner can do so that a provider can be asked, or ""."""
        if name is None or name in self.catalog.usable():
            return ""
        row = self.catalog.connectors.providers[name]
        said, names = (
            (texts.START_IT, row.url_env) if row.is_local else (texts.SET_KEY, row.key_env)
        )
        return said.format(variable=plain_name(names))

    def _why_not_local(self, name: str | None) -> str:
        if name is None:
            return texts.NO_LOCAL_MODEL
        return texts.NOT_LOCAL.format(label=self.catalog.label(name))

    def instead(self, failed: Collection[str], *, is_local_only: bool) -> str | None:
        """Return the provider to suggest in place of others that cannot answer, if there is one."""
        usable, is_local = self.catalog.usable(), self.catalog.is_local
        first = [name for name in (self._default, *self._order) if name in usable]
        names = [
            name
            for name in dict.fromkeys([*first, *usable])
            if name not in failed and (is_local(name) or not is_local_only)
        ]
        return next(iter(self.catalog.backends.in_order(names)), None)

    async def _has_local(self, name: str | None, model: str | None) -> bool:
        """Return whether a local provider, or the one that is named, can be asked."""
        if name is not None:
            return self.catalog.is_local(name, model)
        if not self.catalog.has_local():
            await self.catalog.look_for_local()
        return self.catalog.has_local()

    async def route(
        self, place: Place, provider: str | None = None, model: str | None = None
    ) -> Route:
        """Return the route of a question that may name a provider and a model itself.

        Raise Refused for an unknown provider, and for one that may not be asked there. Preferences
        are ignored while the database is away.
        """
        name, model = self.catalog.resolve(provider, model)
        if await self.is_local_only(place):
            route = await self._local_route(place, name, model)
        elif name is not None:
            route = Route((name,), model, texts.IN_QUESTION, is_chosen=True)
        else:
            chosen = await self._chosen_at(place, self._knows) if model is None else None
            route = chosen or await self._default_route(place, model)
        return msgspec.structs.replace(route, limit_s=self._limit_s)

    def _knows(self, name: str, _: str | None) -> bool:
        return self.catalog.knows(name)

    async def _chosen_at(
        self, place: Place, may_be: Callable[[str, str | None], bool]
    ) -> Route | None:
        try:
            preferences = await self._preferences.at(place)
        except DatabaseUnavailable as error:
            log.error("the preferences set with /model cannot be read: %s", error)
            return None
        for preference in preferences:
            if may_be(preference.provider, preference.model):
                why = texts.CHOSEN[preference.scope]
                return Route((preference.provider,), preference.model, why, is_chosen=True)
        return None

    async def _local_route(self, place: Place, name: str | None, model: str | None) -> Route:
        """Return a route to local models. A choice of another one made with /model waits."""
        if name is not None and not self.catalog.is_local(name, model):
            raise Refused(self._why_not_local(name))
        if name is not None:
            route = Route((name,), model, texts.IN_QUESTION, is_chosen=True)
        elif model is not None:
            route = await self._default_local_route(place, model)
        else:
            chosen = await self._chosen_at(place, self.catalog.is_local)
            route = chosen or await self._default_local_route(place, None)
        return msgspec.structs.replace(route, is_local_only=True)

    async def _default_local_route(self, place: Place, model: str | None) -> Route:
        """Return the local part of the default route, or else all local servers that answer."""
        whole = await self._default_route(place, None)
        names = list(filter(self.catalog.is_local, whole.candidates))
        if not names:
            await self.catalog.look_for_local()
            names = list(filter(self.catalog.is_local, self.catalog.usable()))
        if not names:
            return Route((), model, texts.NO_LOCAL)
        why = whole.why if names[0] == whole.provider else texts.LOCAL_ONLY
        if model is not None:
            return Route((names[0],), model, why, is_chosen=True)
        models = {n: named for n, named in whole.models.items() if self.catalog.is_local(n, named)}
        return Route(self.catalog.backends.in_order(names), None, why, models=models)

    async def _default_route(self, place: Place, model: str | None) -> Route:
        rules = await self._rules(place.guild_id)
        listed = self._listed(rules)
        if not listed and rules.fallbacks != ():
            await self.catalog.look_for_local()
            listed = self._listed(rules)
        own = rules.model if rules.model and self.catalog.knows(rules.model.provider) else None
        default = own.provider if own else self._default
        first = [default] if default else self._usual()[:1]
        names = list(dict.fromkeys([*first, *listed])) or list(self._order[:1])
        if not names:
            return Route((), model, texts.NONE)
        why = self._why(is_own=own is not None)
        if model is not None:  # chosen by a person, so never replaced
            return Route((names[0],), model, why, is_chosen=True)
        candidates = self.catalog.backends.in_order(names)
        if candidates[0] != names[0]:
            why = texts.INSTEAD.format(label=self.catalog.label(names[0]))
        models = {own.provider: own.model} if own and own.model else {}
        return Route(candidates, None, why, models=models)

    def _why(self, *, is_own: bool) -> str:
        if is_own:
            return texts.BY_SERVER
        return texts.BY_OWNER if self._default or self._order else texts.FIRST

    def _listed(self, rules: Rules) -> list[str]:
        """Return the providers that can be asked although nobody named them, in order."""
        usable = self.catalog.usable()
        if rules.fallbacks is not None:
            return [name for name in rules.fallbacks if name in usable]
        return self._usual()

    def _usual(self) -> list[str]:
        """Return the providers that can be asked where a server has set nothing, in order."""
        usable = self.catalog.usable()
        return [name for name in self._order if name in usable] if self._order else list(usable)
