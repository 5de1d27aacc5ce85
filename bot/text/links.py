"""Links, broken so that nothing recognizes them; pure.

What is deleted from a text can bring two halves of a link together: break links last.
"""

import re

# A name that a filter takes for a link, such as discord.gg.
_NAME = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}")
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://", re.IGNORECASE)


def without_links(text: str) -> str:
    """Return text with all links broken, for Discord's filters, too; it never gets longer."""
    without_schemes = _SCHEME.sub("", text).replace("://", "·//")
    return _NAME.sub(lambda found: found[0].replace(".", "·"), without_schemes)


def without_masks(text: str) -> str:
    """Return text in which no link hides behind other words; each shows where it leads."""
    return text.replace("](", "] (")
