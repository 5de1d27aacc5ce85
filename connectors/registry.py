"""Which providers there are, and the pool that opens each on first use."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from connectors import (
    anthropic,
    cohere,
    huggingface,
    lm_studio,
    mistral,
    mlx,
    ollama,
    openai,
    vllm,
)
from connectors.chat import Connector
from connectors.provider import Config, Provider
from connectors.shared import any_env_is_set

if TYPE_CHECKING:
    from typing import Self

    from connectors.http.transport import Transport

_ROWS = (
    openai.PROVIDER,
    anthropic.PROVIDER,
    ollama.PROVIDER,
    huggingface.PROVIDER,
    mistral.PROVIDER,
    cohere.PROVIDER,
    lm_studio.PROVIDER,
    vllm.PROVIDER,
    mlx.PROVIDER,
)


class _Rows(dict[str, Provider]):
    """The rows by name; a name that is none of them is answered with those that are."""

    def __missing__(self, name: str) -> Provider:
        raise KeyError(f"there is no provider {name!r}; there are: {', '.join(self)}")


PROVIDERS: Final[Mapping[str, Provider]] = MappingProxyType(_Rows((row.name, row) for row in _ROWS))


def utc_today() -> date:
    return datetime.now(UTC).date()


def connect(
    config: Config,
    *,
    retries: int = 3,
    transport: Transport | None = None,
    today: Callable[[], date] = utc_today,
) -> Connector:
    """Return the connector of a configuration; closing it wipes the key.

    With no transport given it gets one of its own, which closes with it.
    """
    # Imported here, because httpx and aiohttp cost more than the rest of the package together.
    from connectors.http.transport import Transport

    return config.provider.connect(
        config,
        transport=transport or Transport(),
        owns_transport=transport is None,
        retries=retries,
        today=today,
    )


class Connectors:
    """All providers over one transport, each opened when it is first asked for; ``async with`` closes them."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        providers: Mapping[str, Provider] = PROVIDERS,
        retries: int = 3,
        transport: Transport | None = None,
        today: Callable[[], date] = utc_today,
    ) -> None:
        self.providers: Mapping[str, Provider] = MappingProxyType(_Rows(providers))
        self._environ = environ
        self._retries = retries
        self._transport = transport
        self._today = today
        self._opened: dict[str, Connector] = {}

    @property
    def transport(self) -> Transport:
        """The one transport of all connectors here; for whatever else should share its pool."""
        if self._transport is None:
            from connectors.http.transport import Transport

            self._transport = Transport()
        return self._transport

    def configured(self) -> list[str]:
        """Return the names of what is set up, in the order of the rows. Asks no network."""
        return [name for name, row in self.providers.items() if row.is_available(self._environ)]

    def get(self, name: str) -> Connector:
        """Return the connector of that name, opened once. Raises MissingApiKey; KeyError listing the names there are."""
        if name not in self._opened:
            config = self.providers[name].load_from_env(self._environ)
            self._opened[name] = connect(
                config, retries=self._retries, transport=self.transport, today=self._today
            )
        return self._opened[name]

    def model_of(self, name: str) -> str | None:
        """Return the model of a request that names none; None when a local server's own is meant."""
        return self.providers[name].model_from_env(self._environ, self._today())

    def address_is_default(self, name: str) -> bool:
        """Return whether no variable holds the address of that one."""
        return not any_env_is_set(self.providers[name].url_env, self._environ)

    async def aclose(self) -> None:
        """Close every connector, wipe every key, close the pool."""
        opened, self._opened = self._opened, {}
        for connector in opened.values():
            await connector.aclose()
        if self._transport is not None:
            await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
