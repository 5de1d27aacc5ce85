"""Finds the links of a message that Discord shows under other words; and texts full of halves."""

import re

from hypothesis import strategies as st

# As in Discord's client (simple-markdown): the text may hold brackets, the address parentheses.
_LINK = re.compile(
    r"(?<!\\)\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\()]|\\.)*?)>?\s*\)"
)
# What is deleted from one text or another, and would bring the halves of a link together.
_DELETED = (
    "()",
    " ()",
    "[999]",
    "【999】",
    " [0]",
    "([999])",
    "\u200b",
    "\x00",
    "https://",
    "[1](x)",
)
_TORN = st.lists(st.sampled_from(_DELETED), max_size=3).map(
    lambda between: f"[Nitro]{''.join(between)}(https://evil.example)"
)
_PIECES = st.sampled_from(
    (
        *("[Nitro]", "[", "]", "(", ")", "()", "( )", "](", "<", ">", "(https://evil.example)"),
        *("[1]", "[2]", "[999]", "【999】", "[#3]", "[1](", "[1](x)", "https://evil.example"),
        *(" ", "\n", "\t", ", ", "\u200b", "\x00", "\\", "`", "**", "||", "a", "://"),
    )
)
HALVES = st.lists(_PIECES | _TORN, max_size=8).map("".join)


def masked(text: str) -> list[tuple[str, str]]:
    """Return the text and the address of each."""
    links = [(found[1], found[2]) for found in _LINK.finditer(text)]
    return [(words, address) for words, address in links if "://" in address]
