import pytest

from bot.providers.reader import Reader


@pytest.mark.parametrize(
    ("is_owner", "manages", "reader"),
    [
        (False, False, Reader.MEMBER),
        (False, True, Reader.MANAGER),
        (True, False, Reader.OWNER),
        (True, True, Reader.OWNER),
    ],
)
def test_the_owner_reads_most(is_owner: bool, manages: bool, reader: Reader) -> None:
    assert Reader.of(is_owner=is_owner, manages=manages) is reader
