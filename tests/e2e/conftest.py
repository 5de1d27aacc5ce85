from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.shared import Shared
from tests.e2e.world import World

MISTRAL = {
    "MISTRAL_API_KEY": "alice-mistral-key",
    "MISTRAL_BASE_URL": "{mistral}",
    "MISTRAL_MODEL": "sandbox-large",
}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World() as world:
        yield world


@pytest.fixture
async def two_providers() -> AsyncIterator[World]:
    async with World(environ=MISTRAL) as world:
        yield world


@pytest.fixture
def alone() -> None:
    """Give a test a bot of its own where others share one: it stops it, or looks into its files."""


def is_alone(request: pytest.FixtureRequest) -> bool:
    return not {"alone", "monkeypatch"}.isdisjoint(request.fixturenames)


# The same for files whose tests share a bot: they run in one event loop, and have these two as
# their ``world`` and their ``two_providers``.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def with_openai() -> AsyncIterator[Shared]:
    shared = Shared({})
    yield shared
    await shared.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def with_mistral() -> AsyncIterator[Shared]:
    shared = Shared(MISTRAL)
    yield shared
    await shared.aclose()


@pytest_asyncio.fixture(loop_scope="module")
async def shared_world(with_openai: Shared, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with with_openai.lent(is_alone=is_alone(request)) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def shared_two_providers(
    with_mistral: Shared, request: pytest.FixtureRequest
) -> AsyncIterator[World]:
    async with with_mistral.lent(is_alone=is_alone(request)) as world:
        yield world
