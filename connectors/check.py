"""The state of a provider: whether it is set up, and whether it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from connectors.chat import Connector, Probe
from connectors.shared import ConnectorError, Timeout

if TYPE_CHECKING:
    from connectors.provider import Provider
    from connectors.registry import Connectors


class Checked(msgspec.Struct, frozen=True):
    """The result of one check; without an answer, latency_s is None and ``error`` says why."""

    row: Provider
    is_configured: bool
    model: str | None
    latency_s: float | None = None
    error: ConnectorError | None = None
    models: list[str] = msgspec.field(default_factory=list)


async def check(
    connectors: Connectors,
    name: str,
    *,
    within_s: float = 2.0,
    clock: Callable[[], float] = time.monotonic,
) -> Checked:
    """Return whether a provider would answer a question, and its chat models.

    Raises nothing and takes within_s at most. A provider without its key is not asked; a local
    server is asked at its default address too.
    """
    row = connectors.providers[name]
    is_configured = name in connectors.configured()
    model = connectors.model_of(name)
    if not is_configured and not row.is_local:
        return Checked(row, is_configured, model)
    try:
        async with asyncio.timeout(within_s):
            connector = connectors.get(name)
            latency_s, names = await _probed(connector, clock)
    except TimeoutError:
        return Checked(row, is_configured, model, error=Timeout(name))
    except ConnectorError as error:
        return Checked(row, is_configured, model, error=error)
    return Checked(row, is_configured, model, latency_s, models=names)


async def _probed(
    connector: Connector, clock: Callable[[], float]
) -> tuple[float | None, list[str]]:
    if not isinstance(connector, Probe):
        return None, []
    began = clock()
    listed = await connector.probe()
    return clock() - began, [model.id for model in listed if model.is_chat]
