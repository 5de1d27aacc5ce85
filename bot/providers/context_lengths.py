"""The context lengths of models: as listed, as their server says, or as their row assumes."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from connectors import ConnectorError, Contextual

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.providers.catalog import Catalog
    from connectors import Connectors

# A server of one's own says something else once it has loaded the model.
FRESH_S: Final = 60.0
UNKNOWN_SERVER: Final = 8_192
# Where a provider says no to a request as too long, less is assumed from then on.
SHRINK: Final = 0.5
DOUBT_S: Final = 3600.0
LEAST: Final = 1_024


class ContextLengths:
    """Knows the context lengths of models, and learns from refusals."""

    def __init__(
        self,
        connectors: Connectors,
        catalog: Catalog,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connectors = connectors
        self._catalog = catalog
        self._clock = clock
        self._asked: dict[tuple[str, str | None], tuple[int | None, float]] = {}
        self._most: dict[tuple[str, str | None], tuple[int, float]] = {}

    async def of(self, name: str, model: str | None) -> int:
        """Return how many tokens a model takes, or a provider's default one."""
        model = model or self._connectors.model_of(name)
        listed = self._catalog.context_length(name, model)
        known = listed or await self._said(name, model) or self._assumed(name)
        most, _ = self._most.get((name, model), (known, 0.0))
        return min(known, most) if self.has_refused(name, model) else known

    def has_refused(self, name: str, model: str | None) -> bool:
        """Return whether a request was refused as too long within the last hour."""
        key = (name, model or self._connectors.model_of(name))
        _, until = self._most.get(key, (0, 0.0))
        return self._clock() < until

    async def refused(self, name: str, model: str | None) -> None:
        """Assume less, for an hour, of a model that refused a request as too long."""
        key = (name, model or self._connectors.model_of(name))
        length = max(int(await self.of(*key) * SHRINK), LEAST)
        self._most[key] = length, self._clock() + DOUBT_S

    async def _said(self, name: str, model: str | None) -> int | None:
        length, until = self._asked.get((name, model), (None, 0.0))
        if self._clock() >= until:
            connector = self._connectors.get(name)
            if isinstance(connector, Contextual):
                with suppress(ConnectorError):
                    length = await connector.context_length(model)
            self._asked[name, model] = (length, self._clock() + FRESH_S)
        return length

    def _assumed(self, name: str) -> int:
        row = self._connectors.providers[name]
        is_theirs = row.is_local or self._connectors.address_is_default(name)
        return row.context_length if is_theirs else UNKNOWN_SERVER
