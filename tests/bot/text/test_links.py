import re

import pytest
from hypothesis import given

from bot.text.formatting import excerpt
from bot.text.links import without_links, without_masks
from tests.bot.text.masked_links import HALVES, masked
from tests.rows import each

LINKS = {
    "https://evil.example/a?b=c.d": "evil·example/a?b=c.d",
    "[here](http://evil.example)": "[here](evil·example)",
    "discord.gg/abc and www.evil.co.uk": "discord·gg/abc and www·evil·co·uk",
    "HTTPS://EVIL.EXAMPLE": "EVIL·EXAMPLE",
    "https://user@evil.example": "user@evil·example",
    "https://127.0.0.1/x": "127.0.0.1/x",
    "bücher.example": "bücher·example",
    "one. two 3.14 <t:1:R> <@5>": "one. two 3.14 <t:1:R> <@5>",
}


@each("text", LINKS)
def test_links_are_broken_and_nothing_grows(text: str) -> None:
    assert without_links(text) == LINKS[text]
    assert len(without_links(text)) <= len(text)


TORN = [
    "http:ab://127.0.0.1",
    "_https://127.0.0.1",
    "abcdefghijklmnopqrstuvwxyzhttps://127.0.0.1",
    "evil.a1://example",
    "httphttp://://127.0.0.1",
    ":://x",
]


@pytest.mark.parametrize("text", TORN)
def test_what_is_deleted_makes_no_new_link(text: str) -> None:
    broken = without_links(text)
    assert "://" not in broken
    assert re.search(r"\w\.[a-z]{2}", broken) is None


@given(HALVES)
def test_no_link_is_left_and_none_is_masked(text: str) -> None:
    assert "://" not in without_links(text)
    assert len(without_links(text)) <= len(text)
    assert masked(without_masks(text)) == []


@given(HALVES)
def test_an_excerpt_masks_no_link_although_it_drops_what_is_invisible(text: str) -> None:
    assert masked(excerpt(text, 80)) == []
