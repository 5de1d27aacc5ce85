from types import SimpleNamespace
from typing import Any

import pytest

from bot.providers.question import VOICE, Attachment, Quote, Where
from cogs.objects import file_of, quote_of, where_of

FILE: Any = SimpleNamespace(id=1, url="https://x/1", filename="a.ogg", content_type=None, size=2)


def message(content: str = "", *files: object, voice: bool = False) -> Any:
    return SimpleNamespace(
        id=5,
        content=content,
        attachments=files,
        author=SimpleNamespace(id=7, display_name="Alice"),
        channel=SimpleNamespace(id=6),
        flags=SimpleNamespace(voice=voice),
    )


@pytest.mark.parametrize("is_voice", [False, True])
def test_a_file_of_a_message_says_where_it_is(is_voice: bool) -> None:
    found = file_of(FILE, message=message(voice=is_voice))
    assert found == Attachment(1, "https://x/1", "a.ogg", "", 2, VOICE if is_voice else "", 6, 5)
    assert file_of(FILE) == Attachment(1, "https://x/1", "a.ogg", "", 2)


def test_a_message_is_quoted_if_it_has_anything_to_read() -> None:
    assert quote_of(message()) is None
    assert quote_of(message("tea")) == Quote(7, "Alice", "tea", ())
    with_file = quote_of(message("", FILE))
    assert with_file is not None
    assert [file.id for file in with_file.attachments] == [1]


def test_a_direct_message_has_no_place() -> None:
    guild: Any = SimpleNamespace(name="Kitchen")
    assert where_of(SimpleNamespace(name="tea"), None) == Where()
    assert where_of(SimpleNamespace(name="tea"), guild) == Where("Kitchen", "tea")
