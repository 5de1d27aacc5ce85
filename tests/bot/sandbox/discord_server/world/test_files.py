from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.sandbox.discord_server import Attachment
from bot.sandbox.discord_server.world.files import LINK_LIFE_S, Files
from tests.bot.sandbox.discord_server.conftest import Clock


@pytest.fixture
def files(clock: Clock) -> Files:
    return Files(clock)


def found(files: Files, file: Attachment, **other: str) -> Attachment | None:
    return files.find(file.id, dict(parse_qsl(urlsplit(file.url).query)) | other)


def test_a_link_is_good_for_a_day_and_may_be_renewed(files: Files, clock: Clock) -> None:
    file = Attachment("soup.txt", b"soup")
    files.add(file, 7, 4)
    assert urlsplit(file.url).path == "/attachments/4/7/soup.txt"
    assert found(files, file) is file
    clock.now += LINK_LIFE_S
    assert found(files, file) is None
    files.refresh([file])
    assert found(files, file) is file


def test_a_link_that_is_forged_bare_or_of_a_removed_file_finds_nothing(files: Files) -> None:
    file = Attachment("soup.txt", b"soup")
    files.add(file, 7, 4)
    assert found(files, file, ex="ffffffff") is None
    assert files.find(7, {}) is None
    files.remove(file)
    assert found(files, file) is None
