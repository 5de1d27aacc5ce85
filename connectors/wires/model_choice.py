"""The model of a request that names none."""

import logging
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from connectors.chat import Model
from connectors.provider import Config, plain_name
from connectors.shared import ApiRequestFailed, ConnectorError, InvalidResponse

ListModels = Callable[[], Awaitable[list[Model]]]

log = logging.getLogger(__name__)

FIRST_MODEL_S: Final = 60.0


class ModelChoice:
    """The model that is set, a default's successor, or the first that a server lists.

    ``by_preference`` lists first what the server would rather use.
    """

    def __init__(
        self,
        config: Config,
        *,
        listed: ListModels,
        by_preference: ListModels,
        today: Callable[[], date],
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._name = config.provider.name
        self._listed = listed
        self._by_preference = by_preference
        self._today = today
        self._clock = clock
        self._first: tuple[str | None, float] | None = None  # with the moment it is stale
        self._logged: set[str] = set()

    async def for_chat(self, asked: str | None) -> str | None:
        """Return the model that was asked for, else the default; None: the server's own."""
        self._log_successors()
        return asked or self._config.model_on(self._today()) or await self._servers_first()

    async def named_for_chat(self, asked: str | None) -> str:
        """Return the model as ``for_chat`` does. Raise ApiRequestFailed if there is none."""
        model = await self.for_chat(asked)
        if model is None:
            variable = plain_name(self._config.provider.model_env)
            summary = f"no model is set and the server lists none; set {variable}"
            raise ApiRequestFailed(self._name, reason="not_found", summary=summary)
        return model

    async def for_embeddings(self) -> str | None:
        """Return the row's model at its own servers, else the first listed that does not chat."""
        row = self._config.provider
        if row.embed_model is not None and self._config.is_own_address:
            return row.embed_model
        if not row.dialect.names_model:
            return None
        try:
            listed = await self._listed()
        except ConnectorError as error:
            if error.status is None and not isinstance(error, InvalidResponse):
                raise
            return None  # a server of one model may have no list (text-embeddings-inference)
        found = next((model.id for model in listed if not model.is_chat), None)
        if found is None:
            summary = "the server lists no embedding model; name one with model="
            raise ApiRequestFailed(self._name, reason="not_found", summary=summary)
        return found

    def _log_successors(self) -> None:
        today, config = self._today(), self._config
        if config.model_is_default:
            self._log_once("model", config.model, config.model_on(today))
        if config.address_is_default:
            successor = config.provider.current(config.base_url, today)
            self._log_once("address", config.base_url, successor)

    def _log_once(self, what: str, documented: str | None, used: str | None) -> None:
        if used in (documented, None) or what in self._logged:
            return
        self._logged.add(what)
        text = "%s: the default %s %s is retired; %s is used instead"
        log.warning(text, self._name, what, documented, used)

    async def _servers_first(self) -> str | None:
        """Return the first chat model that a local server lists, asked for once a minute."""
        if not self._config.provider.dialect.names_model:
            return None
        known = self._first
        if known is not None and self._clock() < known[1]:
            return known[0]
        try:
            model = await self._first_listed()
        except ConnectorError as error:
            if known is None or error.reason != "timeout":
                raise
            model = known[0]  # a busy server is late with its list, and answers all the same
        self._first = (model, self._clock() + FIRST_MODEL_S)
        return model

    async def _first_listed(self) -> str | None:
        try:
            listed = await self._by_preference()
        except ConnectorError as error:
            if error.status is None and error.reason in ("unavailable", "timeout"):
                raise
            # A server whose list is broken may still chat (transformers serve).
            log.info("%s: the model list is unreadable", error)
            return self._first[0] if self._first else None
        return next((model.id for model in listed if model.is_chat), None)
