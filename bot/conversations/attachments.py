"""Attached files, downloaded and read when a request is made: nothing of them is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from bot.conversations import pdf, pictures, texts
from bot.conversations.file_kinds import Kind, kind_of
from bot.conversations.material import Image, Material, TextFile, cut
from bot.conversations.text_files import decode
from bot.providers.question import VOICE
from bot.providers.queue import Line
from bot.text.formatting import inline_code
from connectors import ConnectorError, OutOfMemory

if TYPE_CHECKING:
    from bot.providers.question import Attachment
    from connectors.discord import DiscordRest

log = logging.getLogger(__name__)

FILES: Final = 10  # as many as a message can have
IMAGES: Final = 8  # Mistral takes no more
FILE_BYTES: Final = 20_000_000
TEXT_LIMIT: Final = 200_000  # characters of all files together
# Each may hold its file in memory.
AT_ONCE: Final = 4
# For all files of a question, as the model that is asked waits for them.
TIMEOUT_S: Final = 45.0
NAME_SHOWN: Final = 60

_UNREADABLE: Final = {
    Kind.ARCHIVE: texts.ARCHIVE,
    Kind.BINARY: texts.BINARY,
    Kind.OFFICE: texts.OFFICE,
    Kind.OTHER_IMAGE: texts.OTHER_IMAGE,
    Kind.SOUND: texts.SOUND,
}


class Loaded(msgspec.Struct, frozen=True):
    """The part of a request that one file makes up, and the sentences about it."""

    name: str
    text: TextFile | None = None
    image: Image | None = None
    notes: tuple[str, ...] = ()


class Reader(msgspec.Struct, frozen=True):
    """The limits of the model that is asked: pictures or not, and the characters of all files."""

    sees_images: bool = True
    text_limit: int = TEXT_LIMIT


class Unreadable(Exception):
    """A file cannot be read; the text is the sentence about it."""


class Attachments:
    """Loads attached files, a few at a time.

    ``sees_images`` tells whether a provider's model may take pictures.
    """

    def __init__(self, rest: DiscordRest, sees_images: Callable[[str, str | None], bool]) -> None:
        self._rest = rest
        self._sees_images = sees_images
        self._line = Line(AT_ONCE)

    async def load(
        self,
        attachments: Sequence[Attachment],
        provider: str,
        model: str | None,
        *,
        person: int,
        text_limit: int = TEXT_LIMIT,
    ) -> Material:
        """Return what a model can read of a person's files, in their order. Raises nothing.

        Pictures for a model that cannot see are left out, with a note.
        """
        reader = Reader(self._sees_images(provider, model), text_limit)
        taken = attachments[:FILES]
        until = asyncio.get_running_loop().time() + TIMEOUT_S
        found = await asyncio.gather(*(self._load(file, reader, person, until) for file in taken))
        notes = [note for file in found for note in file.notes]
        if len(attachments) > FILES:
            notes.append(texts.TOO_MANY_FILES.format(limit=FILES))
        return together(found, notes, reader)

    async def _load(self, file: Attachment, reader: Reader, person: int, until: float) -> Loaded:
        """Return what a file adds, or the sentence why it adds nothing."""
        try:
            async with asyncio.timeout_at(until), self._line.turn(person):
                return await self._read(file, reader)
        except Unreadable as error:
            note = str(error)
        except TimeoutError:
            note = texts.NOT_IN_TIME.format(name=_quoted(file))
        except Exception as error:  # such as no process to read it with; its text stays unsaid
            log.warning("reading an attached file failed (%s)", type(error).__name__)
            note = texts.FILE_NOT_READ.format(name=_quoted(file))
        return Loaded(file.filename, notes=(note,))

    async def _read(self, file: Attachment, reader: Reader) -> Loaded:
        if file.kind == VOICE:
            raise Unreadable(texts.VOICE)
        data = await self._content(file)
        kind = await asyncio.to_thread(kind_of, data)
        if not data:
            _refuse(file, texts.EMPTY)
        if kind in _UNREADABLE:
            _refuse(file, _UNREADABLE[kind])
        if kind is Kind.IMAGE:
            if not reader.sees_images:
                return Loaded(file.filename, image=Image(file.filename, ""))
            return of_picture(file, await pictures.prepare(data))
        if kind is Kind.PDF:
            found = await pdf.read(data, limit=reader.text_limit)
            return await asyncio.to_thread(of_pdf, file, found, reader.text_limit)
        return await asyncio.to_thread(of_text, file, data, reader.text_limit)

    async def _content(self, file: Attachment) -> bytes:
        limit = FILE_BYTES // 1_000_000
        if file.size > FILE_BYTES:
            size = f"{file.size / 1_000_000:.1f}".removesuffix(".0")
            _refuse(file, texts.TOO_LARGE, size=size, limit=limit)
        try:
            return await self._downloaded(file)
        except OutOfMemory:
            _refuse(file, texts.GROWN, limit=limit)
        except ConnectorError as error:
            _refuse(file, _WHY_NOT.get(error.reason, texts.NOT_DOWNLOADED))

    async def _downloaded(self, file: Attachment) -> bytes:
        """Return the bytes, by a new link if the one we have leads nowhere any more."""
        try:
            return await self._rest.download(file.url, limit_bytes=FILE_BYTES)
        except ConnectorError as error:
            if error.reason != "not_found" or not file.message_id:
                raise
            message = await self._rest.message(file.channel_id, file.message_id)
            url = next((a.url for a in message.attachments if int(a.id) == file.id), None)
            if url is None:
                raise
        return await self._rest.download(url, limit_bytes=FILE_BYTES)


_PDF_PROBLEMS: Final = {"encrypted": texts.ENCRYPTED, "cipher": texts.CIPHER}
_WHY_NOT: Final = {
    "bad_request": texts.NOT_AT_DISCORD,
    "not_found": texts.GONE,
    "permission": texts.GONE,  # of its message
}


def _refuse(file: Attachment, template: str, **values: object) -> NoReturn:
    raise Unreadable(template.format(name=_quoted(file), **values))


def _quoted(file: Attachment) -> str:
    return inline_code(file.filename, NAME_SHOWN) or "The file"


def of_picture(file: Attachment, picture: pictures.Picture) -> Loaded:
    if picture.problem:
        is_large = picture.problem == "pixels"
        template = texts.TOO_MANY_PIXELS if is_large else texts.DAMAGED
        _refuse(file, template, limit=pictures.PIXELS // 1_000_000)
    notes = (texts.ANIMATED.format(name=_quoted(file)),) if picture.is_animated else ()
    return Loaded(file.filename, image=Image(file.filename, picture.url), notes=notes)


def of_text(file: Attachment, data: bytes, limit: int) -> Loaded:
    text, is_guess = decode(data)
    notes = (texts.GUESSED.format(name=_quoted(file)),) if is_guess else ()
    return Loaded(file.filename, TextFile(file.filename, text[:limit], len(text)), notes=notes)


def of_pdf(file: Attachment, found: pdf.Pdf, limit: int) -> Loaded:
    if found.problem:
        _refuse(file, _PDF_PROBLEMS.get(found.problem, texts.DAMAGED))
    if not found.texts:
        _refuse(file, texts.NO_PAGES)
    empty = [number for number, text in enumerate(found.texts, start=1) if not text]
    if len(empty) == len(found.texts) == found.pages:
        _refuse(file, texts.NO_TEXT)
    notes = []
    if len(found.texts) < found.pages:
        values = {"read": len(found.texts), "count": found.pages}
        notes.append(texts.FIRST_PAGES.format(name=_quoted(file), **values))
    if empty:
        notes.append(texts.EMPTY_PAGES.format(name=_quoted(file), pages=pages_in_words(empty)))
    pages = (f"[page {n}]\n{text}" for n, text in enumerate(found.texts, start=1) if text)
    text = "\n\n".join(pages)
    return Loaded(
        file.filename, TextFile(file.filename, text[:limit], len(text)), notes=tuple(notes)
    )


def pages_in_words(numbers: Sequence[int]) -> str:
    """Return ascending page numbers as "page 4" or "pages 1, 3 to 7 and 9"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    *others, last = (texts.TO.join(map(str, span)) for span in spans)
    named = ", ".join(others) + texts.AND + last if others else last
    return (texts.PAGE if len(numbers) == 1 else texts.PAGES).format(numbers=named)


def together(found: Sequence[Loaded], notes: list[str], reader: Reader) -> Material:
    """Return the files together, within the limits for all of them."""
    files = cut([file.text for file in found if file.text is not None], reader.text_limit)
    for file in files:
        if len(file.text) < file.length:
            values = {"kept": len(file.text), "length": file.length}
            notes.append(texts.CUT.format(name=inline_code(file.name, NAME_SHOWN), **values))
    images = [file.image for file in found if file.image is not None]
    if images and not reader.sees_images:
        names = ", ".join(inline_code(image.name, NAME_SHOWN) for image in images)
        notes.append(texts.BLIND.format(names=names))
    elif len(images) > IMAGES:
        notes.append(texts.TOO_MANY_IMAGES.format(limit=IMAGES))
    sent = images[: IMAGES if reader.sees_images else 0]
    seen = set(map(id, sent))
    left_out = [file.name for file in found if file.text is None and id(file.image) not in seen]
    return Material(tuple(files), tuple(sent), tuple(left_out), tuple(notes))
