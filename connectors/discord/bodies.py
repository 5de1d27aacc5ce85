"""What a message shows, and the bytes it goes out as: JSON, or multipart around files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from connectors.discord.objects import Embed
from connectors.discord.routes import Id

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6

Component = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment to upload."""

    name: str
    data: bytes
    content_type: str = "application/octet-stream"

    @classmethod
    def from_text(cls, name: str, text: str) -> Self:
        """Return a text as a Markdown file."""
        return cls(name, text.encode(errors="replace"), "text/markdown; charset=utf-8")


@dataclass(frozen=True, slots=True)
class MessageBody:
    """What a message shows: content of at most 2,000 characters, component rows, embeds, up to ten files.

    Nobody is pinged by it but ``allow_user``, and that one only where the content mentions them. On an edit, embeds
    of None stay as they are and () removes them; nonce and ``reply_to`` belong to a new message and are left out.
    Files take the place of those that an edited message has; with removes_files these go anyway.
    With suppress_embeds, links in it show no preview; False shows them again on an edit, None changes nothing.
    """

    content: str = ""
    components: tuple[Component, ...] = ()
    file: File | None = None
    ephemeral: bool = False
    nonce: str | None = None
    files: tuple[File, ...] = ()
    embeds: tuple[Embed, ...] | None = None
    reply_to: Id | None = None
    allow_user: Id | None = None
    suppress_embeds: bool | None = None
    removes_files: bool = False

    @property
    def all_files(self) -> tuple[File, ...]:
        return (self.file, *self.files) if self.file else self.files

    def json(self) -> dict[str, Any]:
        """Return the request body of a new message."""
        body = self.edit_json()
        if self.nonce:
            body |= {"nonce": self.nonce, "enforce_nonce": True}
        if self.reply_to is not None:
            # The answer is worth showing also when what it answers has been deleted.
            body["message_reference"] = {
                "message_id": str(self.reply_to),
                "fail_if_not_exists": False,
            }
        return body

    def edit_json(self) -> dict[str, Any]:
        """Return the request body of an edit."""
        mentions: dict[str, Any] = {"parse": []}
        if self.allow_user is not None:
            mentions["users"] = [str(self.allow_user)]
        body: dict[str, Any] = {
            "content": self.content,
            "components": list(self.components),
            "allowed_mentions": mentions,
        }
        files = self.all_files
        if files or self.removes_files:
            body["attachments"] = [{"id": i, "filename": f.name} for i, f in enumerate(files)]
        if self.embeds is not None:
            body["embeds"] = list(self.embeds)
        flags = EPHEMERAL * self.ephemeral | SUPPRESS_EMBEDS * bool(self.suppress_embeds)
        if flags or self.suppress_embeds is False:
            body["flags"] = flags
        return body


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of a request. ``has_nonce`` says that Discord does the same thing only once."""

    content: bytes
    content_type: str = "application/json"
    files: tuple[File, ...] = ()
    has_nonce: bool = False

    @property
    def parts(self) -> list[tuple[str, tuple[str | None, bytes, str]]]:
        """The parts of the form that its files make of it: name, and file name, bytes and type."""
        files = (
            (f"files[{i}]", (f.name, f.data, f.content_type)) for i, f in enumerate(self.files)
        )
        return [("payload_json", (None, self.content, self.content_type)), *files]


def payload_of(body: object) -> Payload | None:
    """Return what goes out for a body that is JSON, or encoded already, or None."""
    if body is None or isinstance(body, Payload):
        return body
    return Payload(msgspec.json.encode(body))


def new_message(body: MessageBody) -> Payload:
    content = msgspec.json.encode(body.json())
    return Payload(content, files=body.all_files, has_nonce=body.nonce is not None)


def edited_message(body: MessageBody) -> Payload:
    return Payload(msgspec.json.encode(body.edit_json()), files=body.all_files)


def response(kind: int, data: MessageBody | Mapping[str, Any] | None) -> Payload:
    """Return the body of an interaction's first response."""
    if isinstance(data, MessageBody):
        content = msgspec.json.encode({"type": kind, "data": data.edit_json()})
        return Payload(content, files=data.all_files)
    return Payload(msgspec.json.encode({"type": kind} | ({} if data is None else {"data": data})))
