"""An image as ChatMessage holds it: a link, or a data: URL that some wires want taken apart."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.=+-]+)*;base64,", re.IGNORECASE)


class Base64Image(NamedTuple):
    media_type: str
    data: str


def inline_image(url: str) -> Base64Image | None:
    """Return what a data: URL holds, or None for a link."""
    found = _DATA_URL.match(url)
    return Base64Image(found[1].lower(), url[found.end() :]) if found else None
