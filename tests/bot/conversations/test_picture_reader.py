import base64
import io
import random
import struct
import zlib

import pytest
from PIL import Image

from bot.conversations import picture_reader
from bot.conversations.picture_reader import pictures
from bot.conversations.pictures import Picture
from connectors.wires.images import image_problem, inline_image

RED = (255, 0, 0)


def file_of(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def sent(data: bytes) -> Image.Image:
    """Return the picture as a provider would decode it."""
    [picture] = pictures(data)
    url = picture.url
    assert image_problem(url) is None
    inline = inline_image(url)
    assert inline is not None
    content = base64.b64decode(inline.data, validate=True)
    assert len(content) <= picture_reader.BYTES
    image = Image.open(io.BytesIO(content))
    assert Image.MIME[image.format or ""] == inline.media_type
    assert url.startswith(f"data:{inline.media_type};base64,")
    return image


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"])
def test_each_form_becomes_png_or_jpeg(form: str) -> None:
    image = sent(file_of(Image.new("RGB", (30, 20), RED), form))
    assert (image.format in ("PNG", "JPEG"), image.size, image.mode) == (True, (30, 20), "RGB")
    red, green, blue = image.getpixel((5, 5))  # type: ignore[misc]
    assert red > 240
    assert max(green, blue) < 20


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_each_mode_of_png_is_taken(mode: str) -> None:
    assert sent(file_of(Image.new(mode, (3, 2), 1))).mode == "RGB"


def test_a_large_picture_is_made_smaller() -> None:
    assert sent(file_of(Image.new("RGB", (4000, 1000)))).size == (1568, 392)
    assert sent(file_of(Image.new("RGB", (1, 9000)))).size == (1, 1568)


def test_a_photo_is_jpeg_and_a_drawing_png() -> None:
    noise = Image.frombytes("RGB", (700, 700), random.Random(1).randbytes(3 * 700 * 700))
    assert sent(file_of(noise)).format == "JPEG"
    assert sent(file_of(Image.new("RGB", (1600, 1200)))).format == "PNG"


def test_what_is_transparent_is_white() -> None:
    assert sent(file_of(Image.new("RGBA", (3, 2), (0, 0, 0, 0)))).getpixel((0, 0)) == (255,) * 3


def test_a_photo_is_turned_as_its_camera_says_and_loses_its_place() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    exif[0x010F] = "A camera"
    image = sent(file_of(Image.new("RGB", (30, 20), RED), "JPEG", exif=exif))
    assert (image.size, dict(image.getexif())) == ((20, 30), {})


def test_only_the_first_frame_is_sent() -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in (RED, (0, 0, 255))]
    for form in ("GIF", "WEBP", "PNG"):
        data = file_of(frames[0], form, save_all=True, append_images=frames[1:])
        assert [picture.is_animated for picture in pictures(data)] == [True]
        assert sent(data).getpixel((0, 0))[0] > 240  # type: ignore[index]
    assert [p.is_animated for p in pictures(file_of(frames[0], "GIF"))] == [False]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_a_bomb_is_not_decoded() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999))
    assert list(pictures(bomb + chunk(b"IEND", b""))) == [Picture(problem="pixels")]


def test_a_damaged_picture_and_other_formats_are_refused() -> None:
    whole = file_of(Image.effect_noise((300, 300), 90))
    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    pixmap = b"P6 1 1 255 xyz"
    for data in (whole[: len(whole) // 2], b"\x89PNG\r\n\x1a\n", b"", postscript, pixmap):
        assert list(pictures(data)) == [Picture(problem="damaged")]
