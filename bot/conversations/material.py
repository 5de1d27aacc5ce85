"""The contents of attached files, worded so that a model takes them for data; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from bot.conversations import texts
from bot.text.formatting import on_one_line

# The name that Discord's clients give to a text that was too long to be sent as a message.
PASTED: Final = "message.txt"
NAME_LIMIT: Final = 100
_UNSAFE: Final = re.compile(r'["<>\[\]]')


class TextFile(msgspec.Struct, frozen=True):
    """The text of a file, perhaps only its beginning; ``length`` is that of the whole."""

    name: str
    text: str
    length: int


class Image(msgspec.Struct, frozen=True):
    """A picture as a data: URL."""

    name: str
    url: str


class Material(msgspec.Struct, frozen=True):
    """The readable parts of attached files. ``left_out`` are the names of those that were not.

    ``notes`` are for the person who attached them, each a sentence.
    """

    texts: tuple[TextFile, ...] = ()
    images: tuple[Image, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.texts or self.images)

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(image.url for image in self.images)

    def with_pictures(self, most: int) -> Material:
        """Return the material with so many pictures; the others are left out."""
        kept, others = self.images[:most], self.images[most:]
        names = tuple(image.name for image in others)
        return msgspec.structs.replace(self, images=kept, left_out=(*self.left_out, *names))

    def around(self, prompt: str) -> str:
        """Return what a person wrote below the files' texts and above the names of the others.

        A text that Discord turned into a file, since it was too long, is what the person wrote.
        """
        files = list(self.texts)
        if not prompt.strip() and files and files[0].name == PASTED:
            prompt = _shown(files.pop(0))
        parts = [texts.FILES_FOLLOW, *map(_fenced, files)] if files else []
        parts.append(prompt)
        if self.images:
            names = ", ".join(plain_name(image.name) for image in self.images)
            parts.append(texts.IMAGES_FOLLOW.format(names=names))
        if self.left_out:
            names = ", ".join(map(plain_name, self.left_out))
            parts.append(texts.NOT_SHOWN.format(names=names))
        return "\n\n".join(filter(str.strip, parts))


def plain_name(filename: str) -> str:
    """Return a file's name on one line, without what could end the line that it stands in."""
    return _UNSAFE.sub("_", on_one_line(filename))[:NAME_LIMIT] or "file"


def cut(files: Sequence[TextFile], limit: int) -> list[TextFile]:
    """Return the files with at most ``limit`` characters in all; the longest lose first."""
    shares, left = {}, limit
    by_length = sorted(range(len(files)), key=lambda i: len(files[i].text))
    for done, at in enumerate(by_length):
        shares[at] = min(len(files[at].text), left // (len(files) - done))
        left -= shares[at]
    return [
        msgspec.structs.replace(file, text=file.text[: shares[at]]) for at, file in enumerate(files)
    ]


def _fenced(file: TextFile) -> str:
    """Return a file between marks that no text can hold, as they depend on it."""
    mark = sha256(file.text.encode(errors="replace")).hexdigest()[:8]
    name = plain_name(file.name)
    return f'<file name="{name}" mark="{mark}">\n{_shown(file)}\n</file mark="{mark}">'


def _shown(file: TextFile) -> str:
    left = file.length - len(file.text)
    return file.text + (f"\n{texts.CUT_HERE.format(left=left)}" if left > 0 else "")
