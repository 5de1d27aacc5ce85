from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from connectors.http.transport import Transport
from tests.connectors.replay import Naps


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """Real sockets, closed after the test; no time passes between retries."""
    transport = Transport(sleep=Naps())
    yield transport
    await transport.aclose()
