"""The messages that show an answer's text, each in a form that Discord accepts; pure."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from itertools import islice

import msgspec
from msgspec.structs import replace

from bot.answers import texts
from bot.text.chunking import MESSAGE_LIMIT, messages
from bot.text.links import without_links
from bot.text.marks import disarm, hide_open_spoiler, lone_link
from connectors.discord import Component, File, MessageBody

MESSAGES_PER_ANSWER = 5


class Ending(msgspec.Struct, frozen=True):
    """The end of an answer: the line below its text, and buttons."""

    footer: str = ""
    components: tuple[Component, ...] = ()


class Form(IntEnum):
    """The forms of a message, each milder than the one before it, which Discord refused."""

    WHOLE = 0
    NO_LINKS = 1
    NO_HEADING = 2  # without the question
    FILE = 3
    ONLY_FILE = 4  # without the question and the footer
    NOTHING = 5  # neither the text nor the file
    BARE_FILE = 6  # without buttons
    BARE = 7


# An ending in our own words: the buttons, or a file, may be what Discord refuses.
_BARE_FORMS = (Form.BARE_FILE, Form.BARE)


class RefusedPart(msgspec.Struct, frozen=True):
    """A message that Discord refused: its name, its text, and the lines above and below it."""

    what: str
    text: str
    head: str
    foot: str
    is_whole: bool


class Part(msgspec.Struct, frozen=True):
    """A message to show, and the offset in the text at which it ends."""

    body: MessageBody
    end: int


def lay_out(
    text: str,
    ending: Ending | None,
    components: tuple[Component, ...] = (),
    *,
    lead: str = "",
    opened: str = "",
    forms: Mapping[int, Form] = {},
) -> list[Part]:
    """Return the messages for a text below lead, at most five; the last one has the buttons.

    ``opened`` is markup that is opened again before the text. A longer text becomes four messages
    and a fifth that shows its length while it grows (no ending yet), and holds all of it as
    ``answer.md`` at the end. ``forms`` are those of refused messages. Links have no preview, unless
    the text is complete and has a single link, in a line of its own.
    """
    contents, file = _contents(text, lead, opened, is_over=ending is not None)
    bare = [content for content, _ in contents]
    if ending and ending.footer:
        _add_footer(contents, ending.footer, len(text))
    link = lone_link(text) if ending else None
    parts = _whole_parts(contents, ending.components if ending else components, file, link)
    for i, form in forms.items():
        if form and i < len(parts):
            # The footer may be a message of its own.
            shown = bare[i] if i < len(bare) else parts[i].body.content
            refused = _refused(i, len(parts), shown, lead, ending)
            parts[i] = replace(parts[i], body=_milder(parts[i].body, form, refused))
    return parts


def milder_form(form: Form, content: str, lead: str) -> Form:
    """Return the next milder form of a message whose content, below lead, is refused."""
    form = Form(form + 1)
    if form is Form.NO_LINKS and without_links(content) == content:
        form = Form.NO_HEADING
    if form is Form.NO_HEADING and not lead:
        form = Form.FILE
    return form


def below(lead: str, content: str) -> str:
    """Return a message's content without its first line, lead."""
    return content.removeprefix(lead.rstrip("\n")).lstrip("\n") if lead else content


def _whole_parts(
    contents: Sequence[tuple[str, int]],
    components: tuple[Component, ...],
    file: File | None,
    link: str | None,
) -> list[Part]:
    parts = [
        Part(MessageBody(content, suppress_embeds=link is None or link not in content), end)
        for content, end in contents
    ]
    if parts:
        files = (file,) if file else ()
        body = replace(parts[-1].body, components=components, files=files)
        parts[-1] = replace(parts[-1], body=body)
    return parts


def _refused(i: int, count: int, shown: str, lead: str, ending: Ending | None) -> RefusedPart:
    return RefusedPart(
        what=texts.PART_OF_ANSWER.format(number=i + 1) if count > 1 else texts.THE_ANSWER,
        text=(below(lead, shown) if i == 0 else shown).strip(),
        head=lead.rstrip("\n") if i == 0 else "",
        foot=ending.footer if ending and i == count - 1 else "",
        is_whole=ending is not None,
    )


def _contents(
    text: str, lead: str, opened: str, *, is_over: bool
) -> tuple[list[tuple[str, int]], File | None]:
    """Return the contents, each with the offset at which it ends, and a file for a long text."""
    joined, moved = _joined(lead, opened, text)
    # A long text must not be split to its end at every edit when only its beginning is shown.
    found = islice(messages(joined), MESSAGES_PER_ANSWER + 1)
    contents = [(m.content, max(m.end - moved, 0)) for m in found]
    if contents:
        content, end = contents[-1]
        hidden = hide_open_spoiler(content)
        contents[-1] = (hidden if len(hidden) <= MESSAGE_LIMIT else content, end)
    if len(contents) <= MESSAGES_PER_ANSWER:
        return contents, None
    contents = contents[: MESSAGES_PER_ANSWER - 1]
    if is_over:
        said = texts.WHOLE_IN_FILE.format(length=len(text))
        return [*contents, (said, len(text))], File.from_text("answer.md", text)
    so_far = texts.STILL_WRITING.format(length=len(text))
    return [*contents, (so_far, contents[-1][1])], None


def _joined(lead: str, opened: str, text: str) -> tuple[str, int]:
    """Return text below lead, and by how many characters its end has moved."""
    body = opened + text
    if lead.startswith(">"):
        body = body.lstrip("\n")
        lead += "\n" if body.lstrip().startswith(">") else ""  # or two quotes would become one
    return lead + body, len(lead + body) - len(text)


def _milder(body: MessageBody, form: Form, refused: RefusedPart) -> MessageBody:
    """Return a message in a milder form; its text becomes a file once it is complete."""
    if form is Form.NO_LINKS:
        return replace(body, content=without_links(body.content))
    if form is Form.NO_HEADING:
        return replace(body, content=below(refused.head, body.content))
    if form in _BARE_FORMS:
        body = MessageBody(files=body.files)
    if form in (Form.NOTHING, Form.BARE):
        return replace(body, content=texts.NOT_SHOWN.format(what=refused.what), files=())
    if not refused.is_whole:
        return replace(body, content=texts.TO_COME.format(what=refused.what))
    said = texts.IN_FILE.format(what=refused.what)
    if form is Form.FILE:
        lines = (without_links(refused.head), said, without_links(refused.foot))
        said = "\n".join(filter(None, lines))
    files = body.files or (File.from_text("part.md", refused.text),)
    return replace(body, content=said, files=files)


def _add_footer(contents: list[tuple[str, int]], footer: str, end: int) -> None:
    above = disarm(contents[-1][0], footer) if contents else ""
    if contents and len(above) + 1 + len(footer) <= MESSAGE_LIMIT:
        contents[-1] = (f"{above}\n{footer}", contents[-1][1])
    else:
        contents.append((footer, end))
