"""Fallbacks for messages that Discord refuses: without links, as a file, without the text."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from bot.text.links import without_links
from connectors import ConnectorError
from connectors.discord import File, MessageBody, may_be_about_content

log = logging.getLogger(__name__)

T = TypeVar("T")
Send = Callable[[MessageBody], Awaitable[T]]

REFUSED = "-# Discord refuses to show the text."
IN_FILE = "-# Discord refuses to show the text, so it is in this file."


def fallbacks(body: MessageBody, intro: str = "") -> Iterator[MessageBody]:
    """Yield what to send in place of a message whose content is refused, the fullest form first.

    ``intro`` introduces the message without the words that may be to blame. Pings stay; so do
    buttons, unless they may be to blame themselves.
    """
    broken = without_links(body.content)
    if broken != body.content:
        yield replace(body, content=broken)
    intros = dict.fromkeys((intro, ""))
    if body.content:
        files = (File.from_text("message.md", body.content), *body.files)
        for first in intros:
            yield replace(body, content=f"{first}\n{IN_FILE}".lstrip(), files=files)
    for first in intros:
        yield replace(body, content=f"{first}\n{REFUSED}".lstrip(), files=())
    if body.components:
        bare = replace(body, components=())
        yield bare
        yield from fallbacks(bare, intro)


async def send_with_fallbacks(
    send: Send[T], body: MessageBody, intro: str = "", *, final: Collection[str] = ()
) -> T:
    """Send a message, or the first of its fallbacks that Discord accepts."""
    return await send_first_accepted(send, chain([body], fallbacks(body, intro)), final=final)


async def send_first_accepted(
    send: Send[T], forms: Iterable[MessageBody], *, final: Collection[str] = ()
) -> T:
    """Send the first of several forms of a message that Discord accepts.

    Raises ConnectorError for any other trouble, for a ``final`` code, and if every form is refused.
    """
    refusal: ConnectorError | None = None
    for form in forms:
        try:
            return await send(form)
        except ConnectorError as error:
            if error.provider_code in final or not may_be_about_content(error):
                raise
            log.info("discord: %s; trying a milder form", error)
            refusal = error
    assert refusal is not None  # noqa: S101 - there is at least one form
    raise refusal
