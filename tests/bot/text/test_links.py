import pytest

from bot.text.links import without_links

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


@pytest.mark.parametrize("text", LINKS)
def test_links_are_broken_and_nothing_grows(text: str) -> None:
    assert without_links(text) == LINKS[text]
    assert len(without_links(text)) <= len(text)
