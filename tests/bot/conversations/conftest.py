from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.database import Config
from tests.bot.conversations.talk import Talk


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = Talk(Config(tmp_path))
    yield talk
    await talk.database.aclose()
