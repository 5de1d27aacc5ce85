from bot.text.marks import disarm, hide_open_spoiler, lone_link
from tests.bot.text.discord_markdown import words
from tests.rows import each


@each(
    "growing, shown",
    [
        ("It was ||the but", "It was ||the but||"),
        ("It was ||the butler|", "It was ||the butler||"),
        ("It was ||the **but", "It was ||the **but||"),
        ("- ||one||\n- ||two", "- ||one||\n- ||two||"),
        ("It was ||the butler||.", "It was ||the butler||."),
        ("a || b", "a || b"),
        ("`a ||b` and more", "`a ||b` and more"),
        ("```\nx ||y\n```", "```\nx ||y\n```"),
        (r"this is \||no spoiler", r"this is \||no spoiler"),
    ],
)
def test_a_spoiler_is_hidden_before_it_is_closed(growing: str, shown: str) -> None:
    assert hide_open_spoiler(growing) == shown


@each("mark", ["*", "**", "_", "__", "~~", "`", "``", "***"])
def test_what_was_left_open_does_not_reach_what_is_put_below(mark: str) -> None:
    content = f"some {mark}words"
    below = "\n-# Stopped. Press *Continue*, or __not__, `now`, ~~later~~ and **so** _on_"
    looks = dict(words(disarm(content, below) + below))
    assert looks["words"] == frozenset()
    assert looks["Continue"] == {"-#", "italic"}


def test_what_is_closed_is_left_as_it_is() -> None:
    whole = "**a** `b` *c* 2 * 3 ```py\nx *y\n```"
    assert disarm(whole, "*`_~") == whole
    assert disarm("*a ~~~", "-# done") == "*a ~~~"


@each(
    "text, link",
    [
        ("https://example.org/a", "https://example.org/a"),
        ("Here it is:\nhttps://example.org/a\nEnjoy.", "https://example.org/a"),
        ("See https://example.org/a for more.", None),
        ("[a page](https://example.org/a)", None),
        ("https://example.org/a\nhttps://example.org/b", None),
        ("https://example.org/a\n[more](https://example.org/b)", None),
        ("<https://example.org/a>", None),
        ("```\nhttps://example.org/a\n```", None),
        ("`https://example.org/a`", None),
        ("||https://example.org/a||", None),
        ("no link", None),
    ],
)
def test_only_a_link_that_is_alone_in_text_and_line_stands_alone(
    text: str, link: str | None
) -> None:
    assert lone_link(text) == link
