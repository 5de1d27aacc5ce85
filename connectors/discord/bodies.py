"""Bodies of requests: messages, and the JSON or files that are sent."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from connectors.discord.objects import Embed
from connectors.discord.routes import Id

SUPPRESS_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6

Component = Mapping[str, Any]

# Source: components/reference.
_ACTION_ROW, _BUTTON, _SELECT = 1, 2, 3
SELECT_LIMIT = 25
LABEL_LIMIT = 100
_PRIMARY, _SECONDARY = 1, 2


def button(label: str, custom_id: str, *, is_primary: bool = False) -> Component:
    style = _PRIMARY if is_primary else _SECONDARY
    return {"type": _BUTTON, "style": style, "label": label, "custom_id": custom_id}


def select(custom_id: str, placeholder: str, options: Mapping[str, str]) -> Component:
    """Return a select of at most 25 options: values, and their labels, which are cut."""
    shown = [
        {"value": value, "label": label[:LABEL_LIMIT]}
        for value, label in options.items()
        if len(value) <= LABEL_LIMIT
    ]
    kept = shown[:SELECT_LIMIT]
    return {"type": _SELECT, "custom_id": custom_id, "placeholder": placeholder, "options": kept}


def action_row(*components: Component) -> tuple[Component, ...]:
    """Return components as the only row of a message, or no row if there are none."""
    return ({"type": _ACTION_ROW, "components": components},) if components else ()


def custom_ids(rows: Iterable[Component]) -> set[str]:
    """Return the ids of what people can press in these rows."""
    return {str(part.get("custom_id", "")) for row in rows for part in row.get("components", ())}


class File(msgspec.Struct, frozen=True):
    """An attachment to upload; ``description`` is for people who cannot see it."""

    name: str
    data: bytes
    content_type: str = "application/octet-stream"
    description: str = ""

    @classmethod
    def from_text(cls, name: str, text: str) -> Self:
        """Return a text as a Markdown file."""
        return cls(name, text.encode(errors="replace"), "text/markdown; charset=utf-8")

    def json(self, index: int) -> dict[str, Any]:
        described = {"description": self.description} if self.description else {}
        return {"id": index, "filename": self.name, **described}


class MessageBody(msgspec.Struct, frozen=True):
    """A message: at most 2,000 characters of content, component rows, embeds and ten files.

    It pings nobody but ``allow_user``, and them only if the content mentions them. In an edit,
    ``embeds`` of None stay as they are and () removes them; ``nonce`` and ``reply_to`` are for new
    messages only. Files replace those of the edited message; ``removes_files`` removes those even
    without new ones. ``suppress_embeds`` hides previews of links; in an edit False shows them again
    and None changes nothing.
    """

    content: str = ""
    components: tuple[Component, ...] = ()
    files: tuple[File, ...] = ()
    ephemeral: bool = False
    nonce: str | None = None
    embeds: tuple[Embed, ...] | None = None
    reply_to: Id | None = None
    allow_user: Id | None = None
    suppress_embeds: bool | None = None
    removes_files: bool = False

    def json(self) -> dict[str, Any]:
        body = self.edit_json()
        if self.nonce:
            body |= {"nonce": self.nonce, "enforce_nonce": True}
        if self.reply_to is not None:
            # The reply is worth showing even if the message it replies to has been deleted.
            body["message_reference"] = {
                "message_id": str(self.reply_to),
                "fail_if_not_exists": False,
            }
        return body

    def edit_json(self) -> dict[str, Any]:
        mentions: dict[str, Any] = {"parse": []}
        if self.allow_user is not None:
            mentions["users"] = [str(self.allow_user)]
        body: dict[str, Any] = {
            "content": self.content,
            "components": list(self.components),
            "allowed_mentions": mentions,
        }
        if self.files or self.removes_files:
            body["attachments"] = [file.json(i) for i, file in enumerate(self.files)]
        if self.embeds is not None:
            body["embeds"] = list(self.embeds)
        flags = EPHEMERAL * self.ephemeral | SUPPRESS_EMBEDS * bool(self.suppress_embeds)
        if flags or self.suppress_embeds is False:
            body["flags"] = flags
        return body


class Payload(msgspec.Struct, frozen=True):
    """A request body. ``has_nonce``: Discord creates the message once, however often it is sent."""

    content: bytes
    content_type: str = "application/json"
    files: tuple[File, ...] = ()
    has_nonce: bool = False

    @property
    def parts(self) -> list[tuple[str, tuple[str | None, bytes, str]]]:
        """The parts of a multipart form: name, and file name, bytes and content type."""
        files = (
            (f"files[{i}]", (f.name, f.data, f.content_type)) for i, f in enumerate(self.files)
        )
        return [("payload_json", (None, self.content, self.content_type)), *files]


def payload_of(body: object) -> Payload | None:
    """Return a body as JSON, unless it is a payload already; None stays None."""
    if body is None or isinstance(body, Payload):
        return body
    return Payload(msgspec.json.encode(body))


def new_message(body: MessageBody) -> Payload:
    content = msgspec.json.encode(body.json())
    return Payload(content, files=body.files, has_nonce=body.nonce is not None)


def edited_message(body: MessageBody) -> Payload:
    return Payload(msgspec.json.encode(body.edit_json()), files=body.files)


def response(kind: int, data: MessageBody | Mapping[str, Any] | None) -> Payload:
    if isinstance(data, MessageBody):
        content = msgspec.json.encode({"type": kind, "data": data.edit_json()})
        return Payload(content, files=data.files)
    return Payload(msgspec.json.encode({"type": kind} | ({} if data is None else {"data": data})))
