"""The parts of a process that its health is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.process.health import Health
from bot.providers.catalog import Catalog
from bot.settings import Settings
from connectors import Connectors
from connectors.database import DatabaseUnavailable
from connectors.local_scheduler.depth import Depth


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Shard:
    def __init__(self) -> None:
        self.is_open = True
        self.latency = 0.05

    def is_closed(self) -> bool:
        return not self.is_open


class Gateway:
    def __init__(self) -> None:
        self.has_begun = True
        self.shards: Mapping[int, Shard] = {0: Shard(), 1: Shard()}

    def is_ready(self) -> bool:
        return self.has_begun


class Services:
    """Services with a database that answers while it ``has_database``."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.catalog = Catalog(Connectors(environ))
        self.is_loaded = True
        self.settings = Settings()
        self.has_database = True
        self.asked = 0

    async def depth(self) -> Sequence[Depth]:
        self.asked += 1
        if not self.has_database:
            raise DatabaseUnavailable("the database does not answer (secret.host:5432)")
        return [Depth("reminder", running=1, waiting=2, due=3, oldest_due_s=4.5)]


class Watched:
    """A health and what it watches."""

    def __init__(self, health: Health | None = None) -> None:
        self.clock = Clock()
        self.health = health or Health(clock=self.clock)
        self.services = Services({"OPENAI_API_KEY": "sk-key", "MISTRAL_API_KEY": "key"})
        self.gateway = Gateway()
        services: Any = self.services
        gateway: Any = self.gateway
        self.health.watch(services, gateway)


@pytest.fixture
def watched() -> Watched:
    return Watched()
