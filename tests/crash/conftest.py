from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.local_scheduler import Config
from tests.crash.installation import Installation


@pytest.fixture
async def installation(tmp_path: Path, database_url: str | None) -> AsyncIterator[Installation]:
    """Give an installation on each database."""
    async with Installation(Config(tmp_path, database_url)) as installation:
        yield installation
