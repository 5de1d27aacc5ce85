"""The line above a public answer: who asked what. Discord does not show this to others."""

import re
from collections.abc import Sequence
from itertools import takewhile

from bot.answers.texts import ATTACHED, SOMEONE
from bot.text.formatting import inline_code, on_one_line
from bot.text.graphemes import graphemes

PROMPT_LIMIT = 300
NAME_LIMIT = 32  # source: Discord, a display name
FILENAME_LIMIT = 60

_EMOJI = re.compile(r"(<a?:\w{2,32}:\d{15,20}>)")  # never cut inside one
# Not the marks that only count at the beginning of a line: the name is there.
_SPECIAL = re.compile(r"[\\*_~`|<\[\]]|:(?=//)")


def heading(name: str, prompt: str, files: Sequence[str] = ()) -> str:
    """Return one quoted line that pings nobody and has no markup or links, whatever it quotes.

    It names the files that only the person who attached them to a command sees.
    """
    asked = _harmless(_shortened(on_one_line(prompt), PROMPT_LIMIT))
    asked += "".join(ATTACHED.format(name=inline_code(file, FILENAME_LIMIT)) for file in files)
    asker = _harmless(_shortened(on_one_line(name), NAME_LIMIT)) or SOMEONE
    return f"> **{asker}:** {asked}"


def _shortened(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    ends = (unit.end() for unit in graphemes(text, whole=_EMOJI.pattern))
    return text[: max(takewhile(lambda end: end < limit, ends), default=0)].rstrip() + "…"


def _harmless(text: str) -> str:
    """Return text escaped so that Discord shows it literally, except custom emoji."""
    parts = _EMOJI.split(text)  # every other one is an emoji
    parts[::2] = map(_escaped, parts[::2])
    return "".join(parts)


def _escaped(text: str) -> str:
    # A backslash escapes the markup, but @everyone would still ping.
    return _SPECIAL.sub(r"\\\g<0>", text).replace("@", "@\u200b")
