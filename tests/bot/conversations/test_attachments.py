"""Tests of attached files; Discord's servers are a transport in memory."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from PIL import Image as Drawing

from bot.conversations import attachments as module
from bot.conversations.attachments import (
    Attachments,
    Loaded,
    Reader,
    Unreadable,
    of_pdf,
    pages_in_words,
    together,
)
from bot.conversations.material import Image, Material
from bot.conversations.pdf import Pdf
from bot.providers.question import VOICE, Attachment
from connectors import Secret, discord
from connectors.http.transport import Transport
from tests import virtual_time
from tests.bot.conversations.papers import pdf_of
from tests.rows import each

Serve = Callable[[httpx.Request], httpx.Response]


def drawn(form: str = "PNG", size: tuple[int, int] = (8, 6)) -> bytes:
    file = io.BytesIO()
    Drawing.new("RGB", size, (255, 0, 0)).save(file, form)
    return file.getvalue()


def attached(filename: str, at: int = 1, **more: Any) -> Attachment:
    return Attachment(at, f"https://cdn.discordapp.com/attachments/5/{at}/x", filename, **more)


def loader(serve: Serve, *, sees_images: bool = True) -> Attachments:
    transport = Transport(http=httpx.MockTransport(serve))
    config = discord.Config(Secret("t0ken", provider="discord"))
    return Attachments(discord.DiscordRest(config, transport), lambda *_: sees_images)


def served(*contents: bytes) -> Serve:
    """Serve the content of the file whose id is 1, 2 and so on."""
    return lambda asked: httpx.Response(
        200, content=contents[int(asked.url.path.split("/")[3]) - 1]
    )


async def load_all(
    serve: Serve, files: Sequence[Attachment], *, sees_images: bool = True, **more: int
) -> Material:
    loading = loader(serve, sees_images=sees_images).load
    return await loading(files, "openai", None, person=1, **more)


async def load(data: bytes, filename: str = "file", **more: Any) -> Material:
    return await load_all(served(data), [attached(filename, **more)])


async def refused(data: bytes, filename: str = "file", **more: Any) -> str:
    """Return the one sentence about a file that could not be read."""
    material = await load(data, filename, **more)
    assert material.is_empty
    assert material.left_out == (filename,)
    [note] = material.notes
    return note


async def test_a_picture_is_sent_as_a_data_url() -> None:
    material = await load(drawn(), "cat.png", content_type="image/webp")
    [image] = material.images
    assert (image.name, material.notes, material.left_out) == ("cat.png", (), ())
    content = base64.b64decode(image.url.removeprefix("data:image/png;base64,"))
    assert Drawing.open(io.BytesIO(content)).size == (8, 6)


async def test_a_text_is_read_whatever_its_name_and_type() -> None:
    material = await load("héllo".encode(), "cat.png", content_type="image/png")
    assert [(file.name, file.text) for file in material.texts] == [("cat.png", "héllo")]
    assert material.notes == ()


async def test_a_pdf_is_read_by_pages() -> None:
    material = await load(pdf_of("First", "", "Third"), "paper.pdf")
    assert material.texts[0].text == "[page 1]\nFirst\n\n[page 3]\nThird"
    assert material.notes == ("`paper.pdf`: I found no text on page 2, which may be scanned.",)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "b")
    return file.getvalue()


@each(
    "data, words",
    [
        (zipped(), "`x.png` is an archive"),
        (b"\x7fELF\0\0", "`x.png` is neither a picture nor text"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "Attach it as PNG or JPEG"),
        (b"OggS\0\2", "`x.png` is audio or video"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "`x.png` is an office document"),
        (b"", "`x.png` is empty"),
        (drawn()[:40], "`x.png` is damaged"),
        (drawn("GIF")[:12], "`x.png` is damaged"),
        (b"%PDF-1.7\nno", "`x.png` is damaged"),
    ],
)
async def test_what_cannot_be_read_has_a_sentence(data: bytes, words: str) -> None:
    assert words in await refused(data, "x.png")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Pdf(0, [], "encrypted"), "`a.pdf` is protected by a password"),
        (Pdf(2, ["", ""]), "`a.pdf` holds no text"),
        (Pdf(2, []), "`a.pdf` could not be read in time"),
    ],
)
def test_a_pdf_without_text_has_a_sentence(found: Pdf, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        of_pdf(attached("a.pdf"), found, 1000)


def test_pages_that_were_not_read_are_counted() -> None:
    loaded = of_pdf(attached("a.pdf"), Pdf(30, ["One", "", "Three"]), 1000)
    assert loaded.notes == (
        "`a.pdf`: only the first 3 of 30 pages were read.",
        "`a.pdf`: I found no text on page 2, which may be scanned.",
    )


async def test_a_bomb_is_not_opened() -> None:
    small = drawn()
    sides = (60_000).to_bytes(4) * 2
    head = b"IHDR" + sides + small[24:29]
    bomb = small[:12] + head + zlib.crc32(head).to_bytes(4) + small[33:]
    assert "more than 40 megapixels" in await refused(bomb)


async def test_a_large_file_is_not_downloaded() -> None:
    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError("it was downloaded")

    material = await load_all(never, [attached("a.bin", size=25_000_000)])
    assert material.notes == (
        "`a.bin` is 25 MB large, so I did not read it. I read files of up to 20 MB.",
    )


async def test_a_file_that_is_larger_than_it_says_is_not_read() -> None:
    headers = {"content-length": "25000000"}
    files = [attached("a.txt", size=5)]
    material = await load_all(lambda _: httpx.Response(200, headers=headers), files)
    assert material.notes == ("`a.txt` is larger than 20 MB, so I did not read it.",)


@pytest.mark.parametrize(
    ("status", "words"), [(404, "no longer on Discord"), (500, "could not be downloaded")]
)
async def test_a_file_that_does_not_come_has_a_sentence(status: int, words: str) -> None:
    material = await load_all(lambda _: httpx.Response(status), [attached("a.txt")])
    assert words in material.notes[0]


async def test_a_file_elsewhere_is_not_opened() -> None:
    file = Attachment(1, "https://example.org/a.txt", "a.txt")
    material = await load_all(served(b"secret"), [file])
    assert "not on Discord's servers" in material.notes[0]
    assert material.is_empty


def with_new_link(link: str, contents: bytes = b"hello") -> Serve:
    """Serve a file by the link that stands in its message only."""

    def serve(asked: httpx.Request) -> httpx.Response:
        if asked.url.path == "/api/v10/channels/5/messages/7":
            file = {"id": "1", "filename": "a.txt", "url": link}
            message = {"id": "7", "channel_id": "5", "attachments": [file]}
            return httpx.Response(200, content=json.dumps(message))
        if asked.url.path.startswith("/api"):
            return httpx.Response(404, content=b'{"code": 10008, "message": "Unknown Message"}')
        return httpx.Response(200 if asked.url.query else 404, content=contents)

    return serve


FRESH = "https://cdn.discordapp.com/attachments/5/1/x?ex=1&is=2&hm=3&"


async def test_an_expired_link_is_looked_up_in_its_message() -> None:
    file = attached("a.txt", channel_id=5, message_id=7)
    material = await load_all(with_new_link(FRESH), [file])
    assert material.texts[0].text == "hello"


@pytest.mark.parametrize(
    ("link", "message_id"),
    [(FRESH, 8), (FRESH, 0), ("https://example.org/attachments/5/1/x?ex=1", 7)],
)
async def test_a_file_whose_message_is_gone_is_gone(link: str, message_id: int) -> None:
    file = attached("a.txt", channel_id=5, message_id=message_id)
    material = await load_all(with_new_link(link), [file])
    assert material.is_empty
    assert "Discord's servers" in material.notes[0]


async def test_a_voice_message_is_not_downloaded() -> None:
    material = await load(b"OggS", "voice-message.ogg", kind=VOICE)
    assert material.notes == ("I cannot listen to voice messages yet. Write the question instead.",)


async def test_one_bad_file_does_not_spoil_the_others() -> None:
    files = [attached("a.png", 1), attached("b.zip", 2), attached("c.txt", 3)]
    material = await load_all(served(drawn(), zipped(), b"text"), files)
    assert [image.name for image in material.images] == ["a.png"]
    assert [file.name for file in material.texts] == ["c.txt"]
    assert material.left_out == ("b.zip",)
    assert len(material.notes) == 1


async def test_a_model_that_cannot_see_gets_no_picture() -> None:
    files = [attached("a.png", 1), attached("b.txt", 2), attached("c.png", 3)]
    contents = (drawn(), b"text", drawn()[:40])  # the last one is damaged, but nobody looks
    material = await load_all(served(*contents), files, sees_images=False)
    assert (material.images, material.left_out) == ((), ("a.png", "c.png"))
    [note] = material.notes
    assert note.startswith("The model cannot see `a.png`, `c.png`.")


async def test_a_long_text_is_cut_and_that_is_said() -> None:
    long = await load_all(served(b"x" * 900), [attached("log.txt")], text_limit=300)
    assert "600 characters that are left out" in long.around("")
    assert long.notes == (
        "`log.txt` is long: only the first 300 of its 900 characters were sent to the model.",
    )


async def test_no_more_files_are_read_than_a_message_has() -> None:
    count = module.FILES + 2
    files = [attached(f"{at}.txt", at) for at in range(1, count + 1)]
    material = await load_all(served(*[b"text"] * count), files)
    assert len(material.texts) == module.FILES
    assert material.notes == ("Only the first 10 files were read.",)


def test_of_two_files_with_one_name_the_unread_one_is_left_out() -> None:
    found = [Loaded("a.png", image=Image("a.png", "data:")), Loaded("a.png")]
    assert together(found, [], Reader()).left_out == ("a.png",)


def test_no_more_pictures_are_sent_than_every_provider_takes() -> None:
    found = [Loaded(f"{at}.png", image=Image(f"{at}.png", "data:")) for at in range(10)]
    material = together(found, [], Reader())
    assert len(material.images) == module.IMAGES
    assert material.left_out == ("8.png", "9.png")
    assert material.notes == ("Only the first 8 pictures were sent to the model.",)


async def test_few_files_are_in_memory_at_once_and_some_of_each_person() -> None:
    now, most = 0, 0
    gate = asyncio.Event()

    class Held(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            nonlocal now, most
            now += 1
            most = max(most, now)
            if now == module.AT_ONCE:
                gate.set()
            await gate.wait()
            now -= 1
            yield b"text"

    files = [attached(str(at), at) for at in range(1, 11)]
    slow = loader(lambda _: httpx.Response(200, stream=Held()))
    loading = (slow.load(files, "openai", None, person=person) for person in (1, 2))
    materials = await asyncio.wait_for(asyncio.gather(*loading), 10)
    assert [len(material.texts) for material in materials] == [10, 10]
    assert most == module.AT_ONCE


def test_a_question_does_not_wait_for_ever_for_its_files() -> None:
    class Silent(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]
            while True:
                await asyncio.sleep(9.0)
                yield b"x"

    async def load_slowly() -> tuple[float, Material]:
        files = [attached(str(at), at) for at in range(1, 11)]
        slow = loader(lambda _: httpx.Response(200, stream=Silent()))
        material = await slow.load(files, "openai", None, person=1)
        return asyncio.get_running_loop().time(), material

    took_s, material = virtual_time.run(load_slowly())
    assert took_s <= module.TIMEOUT_S
    assert len(material.left_out) == len(material.notes) == 10
    assert "`10` could not be read in time" in material.notes[-1]


async def test_where_no_process_can_be_started_the_question_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert await refused(drawn(), "a.png") == "`a.png` could not be read. Ask again in a minute."
    assert "FileNotFoundError" in caplog.text
    assert "a.png" not in caplog.text


async def test_nothing_that_a_file_says_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    await load(drawn()[:40], "secret-name.png")
    assert "secret-name" not in caplog.text


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([4], "page 4"),
        ([1, 2], "pages 1 to 2"),
        ([1, 3], "pages 1 and 3"),
        ([1, 3, 4, 5, 9], "pages 1, 3 to 5 and 9"),
    ],
)
def test_pages_are_named_in_spans(numbers: list[int], words: str) -> None:
    assert pages_in_words(numbers) == words
