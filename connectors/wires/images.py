"""Images of a ChatMessage: links, and data: URLs that some wires want in parts."""

import re
from typing import Final, NamedTuple

_DATA_URL: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.=+-]+)*;base64,", re.IGNORECASE)
# All models with vision take these.
TAKEN: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
# The first bytes in base64; Anthropic refuses a wrong type.
_BEGINNINGS: Final = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    **dict.fromkeys(("Qk0", "Qk1", "Qk2", "Qk3"), "image/bmp"),
    "SUkq": "image/tiff",
    "TU0A": "image/tiff",
}


class Base64Image(NamedTuple):
    media_type: str
    data: str


def inline_image(url: str) -> Base64Image | None:
    """Return the data of a data: URL and their real type, or None for a link."""
    found = _DATA_URL.match(url)
    if found is None:
        return None
    data = url[found.end() :]
    label = found[1].lower().replace("image/jpg", "image/jpeg")
    return Base64Image(next((t for b, t in _BEGINNINGS.items() if data.startswith(b)), label), data)


def image_url(url: str) -> str:
    """Return the URL with the real type of its data; a link as it is."""
    image = inline_image(url)
    return url if image is None else f"data:{image.media_type};base64,{image.data}"


def image_problem(url: str) -> str | None:
    """Return why no provider takes the image, or None."""
    image = inline_image(url)
    if image is None:
        is_link = url.lower().startswith(("https://", "http://"))
        return None if is_link else "an image is neither a link nor a data: URL in base64"
    if not image.data:
        return "an image is empty"
    if image.media_type in TAKEN:
        return None
    kind = image.media_type.removeprefix("image/")[:20] or "unknown type"
    return f"an image is {kind}; only PNG, JPEG, GIF and WebP are taken"
