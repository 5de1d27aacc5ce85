"""Reads a picture: the first frame, made small, as PNG or JPEG.

``python -m bot.conversations.picture_reader``, from standard input to standard output.
"""

import base64
import io
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageOps

from bot.conversations.parsers import serve
from bot.conversations.pictures import PIXELS, Picture

# No other parser of Pillow's is given bytes from outside.
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF")
SIDE: Final = 1568  # px; larger ones are scaled down by Anthropic
# A drawing stays as sharp as it is up to this size; a photo is smaller as JPEG.
PNG_BYTES: Final = 1_000_000
BYTES: Final = 4_000_000
_QUALITIES: Final = (85, 70, 50, 30)
_WHITE: Final = (255, 255, 255)
# The size is checked before anything is decoded; Pillow's own check only warns.
Image.MAX_IMAGE_PIXELS = None


def pictures(data: bytes) -> Iterator[Picture]:
    """Yield the picture, without its metadata, or what is wrong."""
    try:
        yield _picture(data)
    except Exception:  # a damaged file may raise anything
        yield Picture(problem="damaged")


def _picture(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        if width * height > PIXELS:
            return Picture(problem="pixels")
        is_animated = bool(getattr(image, "is_animated", False))
        kind, content = next(_encoded(_small(image), is_drawn=image.format != "JPEG"))
    return Picture(f"data:{kind};base64,{base64.b64encode(content).decode()}", is_animated)


def _small(image: Image.Image) -> Image.Image:
    image.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded at a fraction of its size
    upright = _opaque(ImageOps.exif_transpose(image))
    upright.thumbnail((SIDE, SIDE))
    return upright


def _opaque(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, on white."""
    if image.mode.startswith(("I", "F")):
        image = _in_8_bits(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    paper = Image.new("RGB", image.size, _WHITE)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Return a grey picture of more than 8 bits, its darkest black and its lightest white."""
    grey = image.convert("F")
    low, high = grey.getextrema()
    scale = 255 / ((high - low) or 1)  # type: ignore[operator]
    return grey.point(lambda v: v * scale - low * scale).convert("L")  # type: ignore[operator]


def _encoded(image: Image.Image, *, is_drawn: bool) -> Iterator[tuple[str, bytes]]:
    """Yield the picture in the forms that are small enough, the best first."""
    if is_drawn and len(content := _saved(image, "PNG")) <= PNG_BYTES:
        yield "image/png", content
    for quality in _QUALITIES:
        if len(content := _saved(image, "JPEG", quality=quality)) <= BYTES:
            yield "image/jpeg", content


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


if __name__ == "__main__":
    serve(pictures)
