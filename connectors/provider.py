"""Providers as rows of names, addresses and deviations, and the configuration of one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec

from connectors.address import OPENAI_LAYOUT, Address, Layout, read_address, typed_address
from connectors.chat import Connector
from connectors.secret import Secret
from connectors.shared import (
    ConnectorError,
    MissingApiKey,
    any_env_is_set,
    env_value,
    first_env_set,
)

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Unlisted(StrEnum):
    """The state of a model that is not in the model list of its provider."""

    MAY_EXIST = "may exist"
    ASK = "ask"  # GET models/{id} says
    ABSENT = "absent"


class Dialect(msgspec.Struct, frozen=True):
    """The deviations of a server from OpenAI's API."""

    cap_field: str = "max_tokens"
    seed_field: str = "seed"
    asks_stream_usage: bool = True
    # A leading slash: beside the version part, not below it.
    health_path: str = "models"
    state_path: str | None = None  # a list that also says which models are in memory
    has_open_list: bool = False  # the model list needs no key
    unlisted: Unlisted = Unlisted.MAY_EXIST
    names_model: bool = True  # False: with no model set, the server uses its own
    strips_think_block: bool = False
    tool_id_length: int | None = None  # ids are exactly that many letters and digits
    # No text beside tool calls: llama.cpp takes only "", TGI only null, the others both.
    content_beside_calls: str | None = ""
    max_temperature: float = 2.0
    max_stops: int | None = None
    takes_top_k: bool = False
    efforts: Mapping[str, str] = msgspec.field(default_factory=lambda: _NOTHING)
    # Models that take tools only without reasoning.
    no_effort_with_tools: re.Pattern[str] | None = None


class Provider(msgspec.Struct, frozen=True):
    """One row.

    Of each tuple of variables all ``ABI_`` names come first, then the plain ones; messages name the
    first of either. ``key_header`` is the name of a header and what precedes the key in it. The
    default models exist on the provider's own servers only: ``own_hosts`` and the host of
    ``base_url``. ``retired`` maps a documented default, an address or a model, to the day it ended
    and its successor. ``context_length`` is assumed of a model of which no list says it.
    """

    name: str
    label: str
    connect: Callable[..., Connector]
    base_url: str
    key_env: tuple[str, ...] = ()
    url_env: tuple[str, ...] = ()
    model_env: tuple[str, ...] = ()
    model: str | None = None
    embed_model: str | None = None
    rerank_model: str | None = None
    max_tokens: int | None = None
    context_length: int = 8_192
    is_local: bool = False
    parallel: int = 32  # requests at once, unless a variable says otherwise
    own_hosts: tuple[str, ...] = ()
    layout: Layout = OPENAI_LAYOUT
    key_header: tuple[str, str] = ("authorization", "Bearer ")
    headers: Mapping[str, str] = msgspec.field(default_factory=lambda: _NOTHING)
    dialect: Dialect = msgspec.field(default_factory=Dialect)
    retired: Mapping[str, tuple[date, str]] = msgspec.field(default_factory=lambda: _NOTHING)

    @property
    def parallel_env(self) -> tuple[str, ...]:
        """The variables that say how many requests at once it takes, named as those of a model."""
        names = (name for name in self.model_env if name.startswith("ABI_"))
        return tuple(f"{name.removesuffix('_MODEL')}_PARALLEL" for name in names)

    @property
    def needs_key(self) -> bool:
        """Return whether a key is required; local servers may ask for one, but need not."""
        return bool(self.key_env) and not self.is_local

    def load_from_env(self, environ: Mapping[str, str] = os.environ) -> Config:
        """Return the configuration from variables; the ``ABI_`` name of each wins.

        Raises MissingApiKey, or ApiRequestFailed naming the variable with an invalid address.
        """
        url_name = first_env_set(self.url_env, environ)
        model_name = first_env_set(self.model_env, environ)
        if url_name:
            self.locate(env_value(url_name, environ), url_name)
        return Config(
            provider=self,
            base_url=self._typed(env_value(url_name, environ)) if url_name else self.base_url,
            model=env_value(model_name, environ) if model_name else self.model,
            api_key=self._read_key(environ),
            model_is_default=model_name is None,
            address_is_default=url_name is None,
            max_tokens=self.max_tokens,
        )

    def try_load(self, environ: Mapping[str, str] = os.environ) -> Config | None:
        """Return the configuration, or None when no variable holds the required key.

        A local server requires none, so there is always a configuration. Raises for an invalid
        value as ``load_from_env`` does.
        """
        if self.needs_key and not any_env_is_set(self.key_env, environ):
            return None
        return self.load_from_env(environ)

    def is_available(self, environ: Mapping[str, str] = os.environ) -> bool:
        """Return whether a key, or for a local server any of its variables, is set."""
        if self.needs_key:
            return any_env_is_set(self.key_env, environ)
        return any_env_is_set(self.key_env + self.url_env + self.model_env, environ)

    def locate(self, value: str, variable: str = "base_url") -> Address:
        """Return where requests go for a typed or documented address."""
        return read_address(self.name, variable, value, is_local=self.is_local, layout=self.layout)

    def address(self, value: str, variable: str = "base_url") -> str:
        """Return the base of all paths for a typed or documented address."""
        return self.locate(value, variable).base

    def is_own(self, base_url: str) -> bool:
        """Return whether an address is one of the provider's own servers, not a gateway."""
        try:
            host = urlsplit(self.address(base_url)).hostname or ""
        except ConnectorError:
            return False
        own = (urlsplit(self.base_url).hostname or "", *self.own_hosts)
        return any(host == name or host.endswith(f".{name}") for name in own)

    def model_from_env(self, environ: Mapping[str, str], today: date) -> str | None:
        """Return the model of a request that names none: the chosen one, or today's default.

        None stands for the server's own: at a local server, and at any address that is not the
        provider's own.
        """
        name = first_env_set(self.model_env, environ)
        if name:
            return env_value(name, environ)
        url_name = first_env_set(self.url_env, environ)
        is_own = url_name is None or self.is_own(env_value(url_name, environ))
        return self.current(self.model, today) if is_own else None

    def current(self, value: str | None, today: date) -> str | None:
        """Return a documented default, or its successor once it is retired."""
        if value is None or value not in self.retired:
            return value
        ended, successor = self.retired[value]
        return successor if today >= ended else value

    def _typed(self, value: str) -> str:
        return typed_address(value, is_local=self.is_local, layout=self.layout)

    def _read_key(self, environ: Mapping[str, str]) -> Secret | None:
        name = first_env_set(self.key_env, environ)
        if name is None:
            if self.needs_key:
                names = f"{self.key_env[0]} or {plain_name(self.key_env)}"
                raise MissingApiKey(self.name, summary=f"no key is set; set {names}")
            return None
        if not _is_key(env_value(name, environ)):
            summary = f"{name} holds characters that no key has; set it again"
            raise MissingApiKey(self.name, reason="malformed_key", summary=summary)
        return Secret(env_value(name, environ), provider=self.name)


class Config(msgspec.Struct, frozen=True):
    """One provider as it is set up. ``with config:`` wipes the key, as closing its connector does.

    ``base_url`` and ``model`` are as documented or typed; requests go to ``located_on(today)``.
    ``model_is_default``: the model was not chosen (the opposite of ``model_owned`` where a model
    from the environment is memory to be freed). ``max_tokens`` is for requests without their own,
    ``timeout_s`` the wait for the first byte of a reply; None leaves it to the connector.
    """

    provider: Provider
    base_url: str
    model: str | None = None
    api_key: Secret | None = None
    model_is_default: bool = False
    address_is_default: bool = False
    timeout_s: float | None = None
    max_tokens: int | None = None

    @property
    def host(self) -> str:
        """The base_url; the variables of local servers call it the host."""
        return self.base_url

    def located_on(self, today: date) -> Address:
        """Return where requests go: to the chosen address, the default or its successor."""
        if not self.address_is_default:
            return self.provider.locate(self.base_url)
        return self.provider.locate(self.provider.current(self.base_url, today) or "")

    def address_on(self, today: date) -> str:
        """Return the base of all paths, without a query."""
        return self.located_on(today).base

    def model_on(self, today: date) -> str | None:
        """Return the model of a request that names none, as ``Provider.model_from_env`` does."""
        if not self.model_is_default:
            return self.model
        return self.provider.current(self.model, today) if self.is_own_address else None

    @property
    def is_own_address(self) -> bool:
        """True if requests go to the provider's own servers."""
        return self.address_is_default or self.provider.is_own(self.base_url)

    def __repr__(self) -> str:
        url, question_mark, _ = self.base_url.partition("?")  # a query may hold a key
        key = "no key" if self.api_key is None else "key=***"
        url += question_mark and "?***"
        return f"Config({self.provider.name}, {url}, model={self.model}, {key})"

    def close(self) -> None:
        if self.api_key is not None:
            self.api_key.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def plain_name(names: Sequence[str]) -> str:
    """Return the name that messages use, the first without ``ABI_``; empty for no names."""
    return next((name for name in names if not name.startswith("ABI_")), next(iter(names), ""))


def _is_key(value: str) -> bool:
    # A header takes visible ASCII only, and the error of httpx would show the whole value.
    return value.isascii() and value.isprintable() and " " not in value
