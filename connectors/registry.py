"""The providers by name, and the pool that opens each on first use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from connectors.address import is_private_host
from connectors.chat import Connector
from connectors.http import proxies
from connectors.provider import Config, Provider
from connectors.recorder import UNRECORDED, Recorder
from connectors.shared import ConnectorError, any_env_is_set, env_value, first_env_set

if TYPE_CHECKING:
    from connectors.http.transport import Transport


class _Rows(Mapping[str, Provider]):
    """Rows by name; one that is None is imported from the module of its name when it is used."""

    def __init__(self, rows: Mapping[str, Provider | None]) -> None:
        self._rows = rows
        self._found: dict[str, Provider] = {}

    def __getitem__(self, name: str) -> Provider:
        if name not in self._found:
            if name not in self._rows:
                names = ", ".join(self._rows)
                raise KeyError(f"there is no provider {name!r}; there are: {names}")
            self._found[name] = self._rows[name] or import_module(f"connectors.{name}").PROVIDER
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


PROVIDERS: Final[Mapping[str, Provider]] = _Rows(
    {
        "openai": None,
        "anthropic": None,
        "ollama": None,
        "huggingface": None,
        "mistral": None,
        "cohere": None,
        "lm_studio": None,
        "vllm": None,
        "mlx": None,
    }
)


def utc_today() -> date:
    return datetime.now(UTC).date()


def connect(
    config: Config,
    *,
    retries: int = 3,
    transport: Transport | None = None,
    today: Callable[[], date] = utc_today,
) -> Connector:
    """Return a connector, whose ``aclose`` wipes the key.

    Without a transport it gets one of its own, which closes with it.
    """
    return config.provider.connect(
        config,
        transport=transport or _new_transport(),
        owns_transport=transport is None,
        retries=retries,
        today=today,
    )


def _new_transport(recorder: Recorder = UNRECORDED) -> Transport:
    # Here and not at the top: httpx and aiohttp take longer to import than the rest together.
    from connectors.http.transport import Transport

    return Transport(recorder=recorder)


class Connectors:
    """All providers over one transport, each opened on first use; ``async with`` closes them."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        providers: Mapping[str, Provider] = PROVIDERS,
        retries: int = 3,
        transport: Transport | None = None,
        today: Callable[[], date] = utc_today,
        recorder: Recorder = UNRECORDED,
    ) -> None:
        self.providers: Mapping[str, Provider] = _Rows(providers)
        self._environ = environ
        self._retries = retries
        self._transport = transport
        self._today = today
        self.recorder = recorder if transport is None else transport.recorder
        self._opened: dict[str, Connector] = {}
        # Each question asks, and the rows have many variables.
        self._configured: tuple[str, ...] | None = None
        self._models: dict[str, tuple[date, str | None]] = {}
        self._local: dict[str, bool] = {}
        self._at_default: dict[str, bool] = {}

    @property
    def transport(self) -> Transport:
        """The transport that all connectors share."""
        if self._transport is None:
            self._transport = _new_transport(self.recorder)
        return self._transport

    def configured(self) -> list[str]:
        """Return the names of the providers that are set up, in the order of the rows."""
        if self._configured is None:
            rows = self.providers.items()
            self._configured = tuple(n for n, row in rows if row.is_available(self._environ))
        return list(self._configured)

    def get(self, name: str) -> Connector:
        """Return the connector of that name, opened once.

        Raises MissingApiKey, or a KeyError that lists the names there are.
        """
        if name not in self._opened:
            config = self.providers[name].load_from_env(self._environ)
            self._opened[name] = connect(
                config, retries=self._retries, transport=self.transport, today=self._today
            )
        return self._opened[name]

    def model_of(self, name: str) -> str | None:
        """Return the default model; None stands for the server's own."""
        today = self._today()
        known = self._models.get(name)
        if known is None or known[0] != today:
            known = today, self.providers[name].model_from_env(self._environ, today)
            self._models[name] = known
        return known[1]

    def model_is_default(self, name: str) -> bool:
        """Return whether no variable sets the model of that provider."""
        return not any_env_is_set(self.providers[name].model_env, self._environ)

    def parallel_of(self, name: str) -> int:
        """Return how many requests at once a provider is to be sent."""
        row = self.providers[name]
        variable = first_env_set(row.parallel_env, self._environ)
        typed = env_value(variable, self._environ) if variable else ""
        return int(typed) if typed.isdecimal() and int(typed) else row.parallel

    def address_is_default(self, name: str) -> bool:
        """Return whether no variable sets the address of that provider."""
        if name not in self._at_default:
            names = self.providers[name].url_env
            self._at_default[name] = not any_env_is_set(names, self._environ)
        return self._at_default[name]

    def is_local(self, name: str) -> bool:
        """Return whether what a provider is sent stays on this machine or in a private network.

        That is so of a local server whose address, and whose proxy if there is one, is private.
        """
        if name not in self._local:
            self._local[name] = self._is_local(name)
        return self._local[name]

    def _is_local(self, name: str) -> bool:
        row = self.providers[name]
        variable = first_env_set(row.url_env, self._environ)
        typed = env_value(variable, self._environ) if variable else row.base_url
        try:
            parts = urlsplit(row.locate(typed).base)
            proxy = proxies.from_env().of(parts.scheme, parts.hostname or "", parts.port)
        except ConnectorError:
            return False
        hosts = [parts.hostname, *([urlsplit(proxy).hostname] if proxy else [])]
        return row.is_local and all(is_private_host(host or "") for host in hosts)

    async def aclose(self) -> None:
        """Close every connector, which wipes its key, and the transport."""
        opened, self._opened = self._opened, {}
        for connector in opened.values():
            await connector.aclose()
        if self._transport is not None:
            await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
