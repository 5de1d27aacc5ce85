"""The providers that can be asked now and the models they list, refreshed in the background."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from bot.errors import Refused
from bot.providers import texts
from bot.providers.backends import Backends
from bot.providers.model_names import is_called, nearest_names, quoted, rank_of
from connectors import ConnectorError, Health, InvalidResponse
from connectors.wires.chat_models import is_same_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors import Connectors, Model

log = logging.getLogger(__name__)

REFRESH_S = 600.0
RECENT, RECENT_PEOPLE = 10, 1000
# A local server that takes longer to list its models is not offered for now.
LOCAL_TIMEOUT_S = 1.0


class ListedModel(msgspec.Struct, frozen=True):
    provider: str
    model: str


class Catalog:
    """The models of all providers that are set up, and of local servers that answer."""

    def __init__(self, connectors: Connectors, *, refresh_s: float = REFRESH_S) -> None:
        self.connectors = connectors
        self.recorder = connectors.recorder
        self.backends = Backends(connectors)
        self._refresh_s = refresh_s
        self._models: dict[str, list[Model]] = {}  # chat models
        self._others: dict[str, set[str]] = {}  # models for other uses
        self._local = [name for name, row in connectors.providers.items() if row.is_local]
        self._recent: dict[int, list[ListedModel]] = {}
        self._answering: set[str] = set()  # local servers that answered the last time
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Fetch the lists in the background, now and every ten minutes, and return that task."""
        self._task = asyncio.create_task(self._keep_fresh(), name="the lists of models")
        return self._task

    async def aclose(self) -> None:
        await self.backends.aclose()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def usable(self) -> list[str]:
        """Return the names of the providers that can be asked, in the order of the rows."""
        reachable = self._answering.union(self.connectors.configured())
        return [name for name in self.connectors.providers if name in reachable]

    def has_local(self) -> bool:
        """Return whether a local provider can be asked."""
        return any(map(self.is_local, self.usable()))

    async def look_for_local(self) -> None:
        """Look for local servers at their default addresses again; takes two seconds at most."""
        await asyncio.gather(*map(self.refresh, self._local))

    async def refresh(self, name: str) -> None:
        """Fetch a provider's list; keep the old one if that fails."""
        try:
            async with self._timeout(name):
                models = await self.connectors.get(name).models()
        except (ConnectorError, TimeoutError) as error:
            await self._note_failure(name, error)
            return
        self._models[name] = [model for model in models if model.is_chat]
        self._others[name] = {model.id for model in models if not model.is_chat}
        if name in self._local:
            self._answering.add(name)

    async def _note_failure(self, name: str, error: ConnectorError | TimeoutError) -> None:
        if name in self.connectors.configured():
            why = "no answer in time" if isinstance(error, TimeoutError) else error.summary
            log.warning("%s: could not list the models: %s", name, why)
        elif isinstance(error, TimeoutError) or error.reason == "timeout":
            return  # a busy server keeps its models
        elif await self._is_healthy(name, error):
            self._answering.add(name)
        else:  # there need not be a server
            self._answering.discard(name)
            self._models.pop(name, None)

    async def _is_healthy(self, name: str, error: ConnectorError) -> bool:
        # Some servers can chat but not list: MLX drops the request if nothing was ever downloaded.
        # A 404 or nonsense means that another program listens there.
        is_other = isinstance(error, InvalidResponse) or error.reason not in (
            "unavailable",
            "server",
        )
        connector = self.connectors.get(name)
        if is_other or not isinstance(connector, Health):
            return False
        try:
            async with self._timeout(name):
                await connector.health()
        except (ConnectorError, TimeoutError):
            return False
        return True

    def _timeout(self, name: str) -> asyncio.Timeout:
        return asyncio.timeout(LOCAL_TIMEOUT_S if name in self._local else None)

    def knows(self, name: str) -> bool:
        return name in self.connectors.providers

    def is_local(self, name: str, model: str | None = None) -> bool:
        """Return whether what a provider is sent for a model stays in a private network."""
        is_remote = model is not None and any(m.is_remote for m in self._called(name, model))
        return self.knows(name) and self.connectors.is_local(name) and not is_remote

    def label(self, name: str) -> str:
        return self.connectors.providers[name].label

    def names(self, name: str) -> list[str]:
        """Return the chat models that a provider last listed."""
        return [model.id for model in self._models.get(name, ())]

    def sees_images(self, name: str, model: str | None) -> bool:
        """Return whether a model may take pictures: True if its provider does not list that."""
        return next((m.sees_images for m in self._called(name, model)), None) is not False

    def context_length(self, name: str, model: str | None) -> int | None:
        """Return how many tokens a model takes, if the provider last listed it with that."""
        lengths = (listed.context_length for listed in self._called(name, model))
        return next(filter(None, lengths), None)

    def _called(self, name: str, model: str | None) -> list[Model]:
        """Return the listed models that a name means, or that is the default."""
        model = model or self.connectors.model_of(name)
        return [m for m in self._models.get(name, ()) if model and is_called(m, model)]

    def listed_name(self, name: str, model: str | None) -> str | None:
        """Return a model's name as its provider lists it, or the default's; None if unknown."""
        default = self.connectors.model_of(name)
        listed = next((m.id for m in self._called(name, model)), None)
        return listed or (default if model in (None, default) else None)

    def note_use(self, user_id: int, provider: str, model: str) -> None:
        """Remember which model answered a person, to offer it first the next time."""
        listed = ListedModel(provider, model)
        others = [other for other in self._recent.get(user_id, ()) if other != listed]
        self._recent[user_id] = [listed, *others][:RECENT]
        if len(self._recent) > RECENT_PEOPLE:
            del self._recent[next(iter(self._recent))]

    def resolve(self, provider: str | None, model: str | None) -> tuple[str | None, str | None]:
        """Return the provider and model that a person typed: name, label or ``provider:model``.

        Case does not matter. A listed model implies its provider. Raise Refused if there is no such
        provider.
        """
        rows = self.connectors.providers
        name = None if provider is None else self._named(provider)
        if provider is not None and name is None:
            labels = ", ".join(rows[n].label for n in self.usable() or rows)
            raise Refused(texts.NO_SUCH_PROVIDER.format(typed=quoted(provider), labels=labels))
        if model is None or not model.strip():
            return name, None
        model = model.strip()
        # Listed names first: Ollama has models such as mistral:7b.
        if found := self._find(name, model):
            return found.provider, found.model
        before, _, after = model.partition(":")
        named = self._named(before)
        if after.strip() and named is not None and name in (None, named):
            found = self._find(named, after.strip())
            return named, found.model if found else after.strip()
        return name, model

    def _named(self, typed: str) -> str | None:
        """Return the name of the provider with this name or label."""
        wanted = typed.strip().lower()
        rows = self.connectors.providers
        return next((n for n, row in rows.items() if wanted in (n, row.label.lower())), None)

    def _find(self, name: str | None, model: str) -> ListedModel | None:
        """Return a listed model, an exact match first; of any provider if name is None."""
        same = [found for found in self._all(name) if is_same_model(found.model, model)]
        exact = [found for found in same if found.model == model]
        return next(iter(exact or same), None)

    async def admit(
        self, provider: str | None, model: str | None, *, is_local_only: bool = False
    ) -> tuple[str | None, str | None]:
        """Do as ``resolve``, but refuse a provider that is not set up. Takes one second at most."""
        name, model = self.resolve(provider, model)
        if name is None or name in self.usable():
            return name, model
        if name in self._local:
            await self._look_again([name])
        if name not in self.usable():
            others = self._usable_in_words(is_local_only=is_local_only)
            raise Refused(f"{texts.NOT_SET_UP.format(label=self.label(name))} {others}")
        return name, model

    async def choose(self, provider: str | None, model: str | None) -> tuple[str, str | None]:
        """Do as ``admit``, but refuse a model that is not listed. Takes two seconds at most."""
        name, model = await self.admit(provider, model)
        if model is not None and self._listed_as(name, model) is None:
            await self._look_again([name] if name else self.usable())
            name, model = self.resolve(name, model)
        if model is not None and self._is_for_other_use(name, model):
            raise self._refusal(texts.NOT_FOR_CHAT, name, model)
        if name is None and model is not None:
            raise self._refusal(texts.LISTED_NOWHERE, name, model)
        if name is None:
            raise Refused(texts.NO_MODEL)
        if model is None:
            return name, None
        listed = self._listed_as(name, model)
        if listed is None and self.names(name):
            raise self._refusal(texts.NOT_LISTED, name, model)
        return name, listed or model

    def _listed_as(self, name: str | None, model: str) -> str | None:
        """Return a model's name as its provider lists it; the default counts as listed."""
        if name is None:
            return None
        if model == self.connectors.model_of(name):
            return model
        for known in self._models.get(name, ()):
            if is_same_model(model, known.id):
                return known.id
            # An alias is kept; a suffix after a colon may select who runs the model.
            if model in known.aliases or model.partition(":")[0] == known.id:
                return model
        return None

    def _is_for_other_use(self, name: str | None, model: str) -> bool:
        names = self.usable() if name is None else [name]
        others = (other for name in names for other in self._others.get(name, ()))
        is_listed = self._listed_as(name, model) is not None
        return not is_listed and any(is_same_model(model, other) for other in others)

    def _refusal(self, template: str, name: str | None, model: str) -> Refused:
        """Return the error for a model that cannot be chosen, with similar ones that can."""
        label = self.connectors.providers[name].label if name else ""
        said = template.format(label=label, model=quoted(model))
        near = nearest_names(model, [listed.model for listed in self._all(name)], 3)
        others = texts.did_you_mean(list(map(quoted, near))) if near else self._usable_in_words()
        return Refused(f"{said} {others}")

    def _usable_in_words(self, *, is_local_only: bool = False) -> str:
        labels = [self.label(n) for n in self.usable() if not is_local_only or self.is_local(n)]
        return texts.ONE_OF.format(labels=", ".join(labels)) if labels else texts.NO_PROVIDER

    async def _look_again(self, names: Iterable[str]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOCAL_TIMEOUT_S):
                await asyncio.gather(*map(self.refresh, names))

    def search(
        self, typed: str, provider: str | None = None, *, user_id: int | None = None
    ) -> list[ListedModel]:
        """Return the models that match, the best first; of equals, those this person used last."""
        words = typed.lower().split()
        recent = self._recent.get(user_id or 0, [])
        found = [
            (rank, recent.index(listed) if listed in recent else RECENT, at, listed)
            for at, listed in enumerate(self._all(provider))
            if (rank := rank_of(words, listed.provider, listed.model)) is not None
        ]
        return [listed for *_, listed in sorted(found, key=lambda entry: entry[:3])]

    def nearest(self, provider: str, model: str, count: int = 3) -> list[str]:
        default = self.connectors.model_of(provider)
        names = self.names(provider) or ([default] if default else [])
        return nearest_names(model, names, count)

    def _all(self, provider: str | None) -> Iterable[ListedModel]:
        for name in filter(self.knows, self.usable() if provider is None else [provider]):
            models = dict.fromkeys([self.connectors.model_of(name), *self.names(name)])
            yield from (ListedModel(name, model) for model in models if model is not None)

    async def _keep_fresh(self) -> None:
        while True:
            names = {*self._local, *self.connectors.configured()}
            found = await asyncio.gather(*map(self.refresh, names), return_exceptions=True)
            for name, error in zip(names, found, strict=True):
                if isinstance(error, Exception):
                    log.error("%s: listing the models failed", name, exc_info=error)
            await asyncio.sleep(self._refresh_s)
