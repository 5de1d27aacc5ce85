from collections.abc import AsyncIterator

import pytest

from tests.e2e.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World() as world:
        yield world


@pytest.fixture
async def two_providers() -> AsyncIterator[World]:
    environ = {
        "MISTRAL_API_KEY": "alice-mistral-key",
        "MISTRAL_BASE_URL": "{mistral}",
        "MISTRAL_MODEL": "sandbox-large",
    }
    async with World(environ=environ) as world:
        yield world
