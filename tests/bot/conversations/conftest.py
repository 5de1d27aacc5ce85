from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.conversations.talk import Talk
from tests.databases import new_file


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = Talk(new_file(tmp_path))
    yield talk
    await talk.database.aclose()
