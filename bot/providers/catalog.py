"""Which providers can be asked now, and which models they have: live lists, fetched in the background."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import Refused
from bot.providers import texts
from bot.providers.model_names import nearest_names, quoted, rank_of
from connectors import ConnectorError, Health, InvalidResponse
from connectors.wires.chat_models import is_same_model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.providers.failures import Failure
    from connectors import Connectors, Model

log = logging.getLogger(__name__)

REFRESH_S = 600.0
RECENT, RECENT_PEOPLE = 10, 1000
LOCAL_TIMEOUT_S = (
    1.0  # a server on this machine that takes longer to list its models is not asked for now
)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One model of one provider."""

    provider: str
    model: str


class Catalog:
    """The models of every provider that is set up, or that answers at a local server's default address."""

    def __init__(self, connectors: Connectors, *, refresh_s: float = REFRESH_S) -> None:
        self._connectors = connectors
        self._refresh_s = refresh_s
        self._models: dict[str, list[Model]] = {}  # that can chat
        self._others: dict[str, set[str]] = {}  # listed too, for other uses
        self._local = [name for name, row in connectors.providers.items() if row.is_local]
        self._recent: dict[int, list[ListedModel]] = {}
        self.failures: dict[
            str, Failure
        ] = {}  # of each provider the last one, until it answers again
        self._answering: set[str] = set()  # local servers that did when they were last asked
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fetch the lists, now and then again every ten minutes."""
        self._task = asyncio.create_task(self._keep_fresh())

    async def aclose(self) -> None:
        """Stop fetching."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def usable(self) -> list[str]:
        """Return the providers a question can go to, in the order of the rows."""
        reachable = self._answering.union(self._connectors.configured())
        return [name for name in self._connectors.providers if name in reachable]

    async def look_for_local(self) -> None:
        """Look once more for servers at their default addresses; takes two seconds at most."""
        await asyncio.gather(*map(self.refresh, self._local))

    async def refresh(self, name: str) -> None:
        """Fetch one provider's list. When it cannot be had, the old one is kept."""
        try:
            async with self._patience(name):
                models = await self._connectors.get(name).models()
        except (ConnectorError, TimeoutError) as error:
            await self._note_failure(name, error)
            return
        self._models[name] = [model for model in models if model.is_chat]
        self._others[name] = {model.id for model in models if not model.is_chat}
        if name in self._local:
            self._answering.add(name)

    async def _note_failure(self, name: str, error: ConnectorError | TimeoutError) -> None:
        if name in self._connectors.configured():
            log.warning("%s: cannot list its models: %r", name, error)
        elif _is_late(error):
            return  # a busy server is still there, and so are its models
        elif await self._is_healthy(name, error):
            self._answering.add(name)
        else:  # nobody promised that there is a server
            self._answering.discard(name)
            self._models.pop(name, None)

    async def _is_healthy(self, name: str, error: ConnectorError | TimeoutError) -> bool:
        # Some servers can chat and cannot list: MLX drops the request when nothing was ever downloaded.
        # But a 404 or nonsense means that somebody else listens there.
        may_be_ours = isinstance(error, ConnectorError) and error.reason in (
            "unavailable",
            "server",
        )
        connector = self._connectors.get(name)
        if (
            not may_be_ours
            or isinstance(error, InvalidResponse)
            or not isinstance(connector, Health)
        ):
            return False
        try:
            async with self._patience(name):
                await connector.health()
        except (ConnectorError, TimeoutError):
            return False
        return True

    def _patience(self, name: str) -> asyncio.Timeout:
        return asyncio.timeout(LOCAL_TIMEOUT_S if name in self._local else None)

    def knows(self, name: str) -> bool:
        """Return whether there is such a provider."""
        return name in self._connectors.providers

    def names(self, name: str) -> list[str]:
        """Return the chat models that a provider listed last."""
        return [model.id for model in self._models.get(name, ())]

    def note_use(self, user_id: int, provider: str, model: str) -> None:
        """Remember what somebody was answered by: it is offered first the next time."""
        recent = self._recent.setdefault(user_id, [])
        listed = ListedModel(provider, model)
        if listed in recent:
            recent.remove(listed)
        recent.insert(0, listed)
        del recent[RECENT:]
        if len(self._recent) > RECENT_PEOPLE:
            del self._recent[next(iter(self._recent))]

    def resolve(self, provider: str | None, model: str | None) -> tuple[str | None, str | None]:
        """Return the provider and model a person meant, by name, label, or ``provider:model``, in any case.

        A model that only one provider lists names that provider too. Raises Refused for no such provider.
        """
        rows = self._connectors.providers
        name = None
        if provider is not None:
            name = self._named(provider)
            if name is None:
                labels = ", ".join(rows[n].label for n in self.usable() or rows)
                said = texts.NO_SUCH_PROVIDER.format(typed=quoted(provider), labels=labels)
                raise Refused(said)
        if model is None or not model.strip():
            return name, None
        model = model.strip()
        # First what is listed: Ollama has models such as mistral:7b.
        if found := self._find(name, model):
            return found.provider, found.model
        before, _, after = model.partition(":")
        named = self._named(before)
        if after.strip() and named is not None and name in (None, named):
            found = self._find(named, after.strip())
            return named, found.model if found else after.strip()
        return name, model

    def _named(self, typed: str) -> str | None:
        """Return the provider of that name or label."""
        wanted = typed.strip().lower()
        rows = self._connectors.providers
        return next((n for n, row in rows.items() if wanted in (n, row.label.lower())), None)

    def _find(self, name: str | None, model: str) -> ListedModel | None:
        """Return the model as it is listed, in exactly this writing if there is one; ``name`` None: by any provider."""
        same = [found for found in self._all(name) if is_same_model(found.model, model)]
        exact = [found for found in same if found.model == model]
        return next(iter(exact or same), None)

    async def admit(self, provider: str | None, model: str | None) -> tuple[str | None, str | None]:
        """As ``resolve``, and raise Refused for a provider that is not set up; takes a second at most."""
        name, model = self.resolve(provider, model)
        if name is None or name in self.usable():
            return name, model
        if name in self._local:
            await self._look_again([name])
        if name not in self.usable():
            label = self._connectors.providers[name].label
            raise Refused(f"{texts.NOT_SET_UP.format(label=label)} {self._usable_in_words()}")
        return name, model

    async def choose(self, provider: str | None, model: str | None) -> tuple[str, str | None]:
        """As ``admit``, and raise Refused for a model that no list has; takes two seconds at most."""
        name, model = await self.admit(provider, model)
        if model is not None and self._listed_as(name, model) is None:
            await self._look_again([name] if name else self.usable())
            name, model = self.resolve(name, model)
        if model is not None and self._is_of_other_use(name, model):
            said = texts.NOT_FOR_CHAT.format(model=quoted(model))
            raise Refused(f"{said} {self._nearest_of(name, model)}")
        if name is None:
            raise Refused(self._nobody_lists(model))
        if model is None:
            return name, None
        listed = self._listed_as(name, model)
        if listed is None and self.names(name):
            label = self._connectors.providers[name].label
            said = texts.NOT_LISTED.format(label=label, model=quoted(model))
            raise Refused(f"{said} {self._nearest_of(name, model)}")
        return name, listed or model

    def _listed_as(self, name: str | None, model: str) -> str | None:
        """Return the name under which a provider lists a model; its default counts as listed."""
        if name is None:
            return None
        if model == self._connectors.model_of(name):
            return model
        for known in self._models.get(name, ()):
            if is_same_model(model, known.id):
                return known.id
            # An alias stays what it is; what follows a colon may say who shall run the model.
            if model in known.aliases or model.partition(":")[0] == known.id:
                return model
        return None

    def _is_of_other_use(self, name: str | None, model: str) -> bool:
        names = self.usable() if name is None else [name]
        others = (other for name in names for other in self._others.get(name, ()))
        is_listed = self._listed_as(name, model) is not None
        return not is_listed and any(is_same_model(model, other) for other in others)

    def _nobody_lists(self, model: str | None) -> str:
        if model is None:
            return texts.NO_MODEL
        said = texts.LISTED_NOWHERE.format(model=quoted(model))
        return f"{said} {self._nearest_of(None, model)}"

    def _usable_in_words(self) -> str:
        labels = [self._connectors.providers[name].label for name in self.usable()]
        if not labels:
            return texts.NO_PROVIDER
        return texts.ONE_OF.format(labels=", ".join(labels))

    def _nearest_of(self, name: str | None, model: str) -> str:
        names = [listed.model for listed in self._all(name)]
        near = nearest_names(model, names, 3)
        if not near:
            return self._usable_in_words()
        return texts.did_you_mean([quoted(name) for name in near])

    async def _look_again(self, names: Iterable[str]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOCAL_TIMEOUT_S):
                await asyncio.gather(*map(self.refresh, names))

    def search(
        self, typed: str, provider: str | None = None, *, user_id: int | None = None
    ) -> list[ListedModel]:
        """Return all models that match what was typed: by how well, then what that person used last."""
        words = typed.lower().split()
        recent = self._recent.get(user_id or 0, [])
        found = [
            (rank, recent.index(listed) if listed in recent else RECENT, at, listed)
            for at, listed in enumerate(self._all(provider))
            if (rank := rank_of(words, listed.provider, listed.model)) is not None
        ]
        return [listed for *_, listed in sorted(found, key=lambda entry: entry[:3])]

    def nearest(self, provider: str, model: str, count: int = 3) -> list[str]:
        """Return the names of that provider that look most like model, which is none of them."""
        default = self._connectors.model_of(provider)
        names = self.names(provider) or ([default] if default else [])
        return nearest_names(model, names, count)

    def _all(self, provider: str | None) -> Iterable[ListedModel]:
        for name in self.usable() if provider is None else [provider]:
            if name not in self._connectors.providers:
                continue
            default = self._connectors.model_of(name)
            names = [model.id for model in self._models.get(name, ())]
            yield from (
                ListedModel(name, m) for m in dict.fromkeys([default, *names]) if m is not None
            )

    async def _keep_fresh(self) -> None:
        while True:
            names = {*self._local, *self._connectors.configured()}
            found = await asyncio.gather(*map(self.refresh, names), return_exceptions=True)
            for name, error in zip(names, found, strict=True):
                if isinstance(error, Exception):
                    log.error("%s: its models were not listed", name, exc_info=error)
            await asyncio.sleep(self._refresh_s)


def _is_late(error: ConnectorError | TimeoutError) -> bool:
    return isinstance(error, TimeoutError) or error.reason == "timeout"
