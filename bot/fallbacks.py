"""What Discord refuses to show, in milder forms: links broken, as a file, and at last only that it was refused."""

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from connectors import ConnectorError
from connectors.discord import File, MessageBody, may_be_about_content

log = logging.getLogger(__name__)

T = TypeVar("T")

REFUSED = "-# Discord refuses to show the text."
IN_FILE = "-# Discord refuses to show the text, so it is in this file."
TEXT_TYPE = "text/markdown; charset=utf-8"

# A link with its scheme, or a name that a filter takes for one, such as discord.gg.
_LINK = re.compile(r"(?:\b[a-z][a-z0-9+.-]{1,15}://)?((?:[\w-]+\.)+[^\W\d_]{2,})", re.IGNORECASE)
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://", re.IGNORECASE)


def without_links(text: str) -> str:
    """Return text in which nothing is a link any more, to Discord's filters either; never longer."""
    broken = _LINK.sub(lambda found: found[1].replace(".", "·"), text)
    return _SCHEME.sub("", broken)


def text_file(name: str, text: str) -> File:
    """Return a text as an attachment."""
    return File(name, text.encode(errors="replace"), TEXT_TYPE)


def milder(body: MessageBody, said: str = "") -> Iterator[MessageBody]:
    """Yield what to send in the place of a message that is refused, the fullest form first.

    ``said`` is what can be said without the words that may be to blame. Buttons and pings stay.
    """
    broken = without_links(body.content)
    if broken != body.content:
        yield replace(body, content=broken)
    if body.content:
        file = text_file("message.md", body.content)
        for beginning in dict.fromkeys((said, "")):
            yield replace(body, content=f"{beginning}\n{IN_FILE}".lstrip(), file=file)
    for beginning in dict.fromkeys((said, "")):
        yield replace(body, content=f"{beginning}\n{REFUSED}".lstrip(), file=None, files=())


async def send_or_milder(
    send: Callable[[MessageBody], Awaitable[T]], body: MessageBody, said: str = ""
) -> T:
    """Send a message, or what ``milder`` makes of it where Discord refuses its content.

    Raises ConnectorError for any other trouble, and where it refuses every form.
    """
    return await send_first(send, chain([body], milder(body, said)))


async def send_first(
    send: Callable[[MessageBody], Awaitable[T]], forms: Iterable[MessageBody]
) -> T:
    """Send the first of several forms of a message that Discord takes; raises as ``send_or_milder`` does."""
    refusal: ConnectorError | None = None
    for form in forms:
        try:
            return await send(form)
        except ConnectorError as error:
            if not may_be_about_content(error):
                raise
            log.info("discord: %s; saying it in a milder form", error)
            refusal = error
    assert refusal is not None  # noqa: S101 - there is at least one form
    raise refusal
