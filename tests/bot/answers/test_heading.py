from hypothesis import given

from bot.answers.heading import heading
from tests.bot.text.masked_links import HALVES, masked
from tests.rows import each

HARMLESS = {
    "plain words": ("why is the sky blue?", "> **alice:** why is the sky blue?"),
    "line breaks": ("one\n\n# two\r\n- three\u2028four", "> **alice:** one # two - three four"),
    "a ping": ("hi @everyone", "> **alice:** hi @\u200beveryone"),
    "a mention": ("ask <@123> <#4> <@&5>", "> **alice:** ask \\<@\u200b123> \\<#4> \\<@\u200b&5>"),
    "markup": ("**a** _b_ ~~c~~", "> **alice:** \\*\\*a\\*\\* \\_b\\_ \\~\\~c\\~\\~"),
    "code": ("`x` ```y```", "> **alice:** \\`x\\` \\`\\`\\`y\\`\\`\\`"),
    "a spoiler": ("||s||", "> **alice:** \\|\\|s\\|\\|"),
    "a link": ("see https://example.com/a", "> **alice:** see https\\://example.com/a"),
    "a masked link": ("[a](http://b.c)", "> **alice:** \\[a\\](http\\://b.c)"),
    "a time": ("<t:1:R> </ask:1>", "> **alice:** \\<t:1:R> \\</ask:1>"),
    "custom emoji": (
        "<:ok:123456789012345678> <a:hm:123456789012345678>",
        "> **alice:** <:ok:123456789012345678> <a:hm:123456789012345678>",
    ),
    "what is not seen": ("a\u202eb\u200bc\x00d", "> **alice:** abcd"),
    "joined emoji": ("👩\u200d🚀", "> **alice:** 👩\u200d🚀"),
    "a backslash": ("\\*", "> **alice:** \\\\\\*"),
}


@each("case", HARMLESS)
def test_what_was_asked_is_one_harmless_line(case: str) -> None:
    prompt, expected = HARMLESS[case]
    assert heading("alice", prompt) == expected


def test_a_long_question_is_clipped_at_300_characters() -> None:
    assert heading("alice", "x" * 301) == "> **alice:** " + "x" * 299 + "…"
    assert heading("alice", "x" * 300) == "> **alice:** " + "x" * 300


def test_an_emoji_is_never_cut() -> None:
    emoji = "<:ok:123456789012345678>"
    assert heading("a", "x" * 290 + emoji + "y" * 20) == "> **a:** " + "x" * 290 + "…"
    assert heading("a", "x" * 298 + "👩\u200d🚀!!!") == "> **a:** " + "x" * 298 + "…"


def test_a_name_is_as_harmless_as_a_question() -> None:
    assert heading("**@here**\n# x", "hi") == "> **\\*\\*@\u200bhere\\*\\* # x:** hi"
    assert heading("\u202e", "hi") == "> **someone:** hi"
    assert len(heading("x" * 100, "hi")) == len("> **:** hi") + 32


@given(HALVES, HALVES)
def test_a_heading_masks_no_link(name: str, prompt: str) -> None:
    assert masked(heading(name, prompt)) == []


def test_the_files_of_a_command_are_named() -> None:
    assert heading("a", "x" * 301, ["cat.png", "`@b`\n# c"]) == (
        "> **a:** " + "x" * 299 + "… 📎 `cat.png` 📎 `'@b' # c`"
    )
