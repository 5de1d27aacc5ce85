"""Titles of threads in which an answer goes on: written by the model, once."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import msgspec

from bot.answers.texts import THREAD_NAME, TITLE
from bot.errors import Refused
from bot.providers.generate_text import GenerationFailed
from bot.text.formatting import on_one_line
from connectors import ConnectorError
from connectors.local_scheduler import NewJob, Outcome, Running, Settled, id_of, payload_as

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.answers.record import Record
    from bot.providers.generate_text import Generate
    from connectors.discord import DiscordRest
    from connectors.local_scheduler import LocalScheduler

log = logging.getLogger(__name__)

KIND = "thread title"
WORDS = 6
NAME_LIMIT = 60  # Discord takes 100, and shows less
SOURCE_LIMIT = 2000
# Mentions and emoji stay as they are typed in a name.
_CODES = re.compile(r"<(?:a?:(\w+)|[@#][!&]?)\d*:?\d+>")
_MARKS = re.compile(r"^[\W_]+|[^\w)!?%]+$")


class Named(msgspec.Struct, frozen=True):
    """A thread, the name that it was opened with, and the answer that it continues."""

    thread_id: int
    name: str
    answer_id: str


def name_from(text: str, words: int = 1000) -> str:
    """Return the name of a thread: the beginning of a text on one line, and never empty."""
    plain = on_one_line(_CODES.sub(r"\1", text))
    kept = ""
    for word in plain.split()[:words]:
        if len(kept) + 1 + len(word) > NAME_LIMIT:
            break
        kept = f"{kept} {word}".strip()
    return _MARKS.sub("", kept or plain[:NAME_LIMIT]) or THREAD_NAME


def title_job(named: Named, record: Record) -> NewJob:
    """Return the job that gives a thread its title, once."""
    return NewJob(
        kind=KIND,
        id=id_of(KIND, named.thread_id),
        owner_id=record.origin.user_id,
        guild_id=record.origin.guild_id,
        channel_id=named.thread_id,
        payload=msgspec.to_builtins(named),
    )


class Titles:
    """Names threads, unless somebody has named them."""

    def __init__(
        self,
        rest: DiscordRest,
        generate: Generate,
        find: Callable[[str], Awaitable[Record]],
    ) -> None:
        self._rest = rest
        self._generate = generate
        self._find = find

    async def run(self, running: Running) -> Outcome:
        """Name a thread. Raises ConnectorError for what may pass."""
        named = payload_as(running, Named)
        try:
            if await self._is_named(named):
                return Settled()
            title = running.draft.get("title") or await self._title(running, named)
            if await self._is_named(named):  # somebody was quicker than the model
                return Settled()
            rest = self._rest.fenced(running.check_claim, ensure=running.ensure_claim)
            await rest.rename_thread(named.thread_id, title)
        except (Refused, GenerationFailed) as error:
            log.info("a thread keeps its first name: %s", type(error).__name__)
        except ConnectorError as error:
            if error.provider != "discord" or error.retryable:
                raise
            log.info("a thread keeps its first name: %s", error)
        return Settled()

    async def _is_named(self, named: Named) -> bool:
        channel = await self._rest.channel(named.thread_id)
        return channel.name != named.name

    async def _title(self, running: Running, named: Named) -> str:
        """Return the model's title, and keep it: another attempt does not ask again."""
        record = await self._find(named.answer_id)
        said = [record.question.prompt, record.progress.text]
        source = "\n\n".join(text[:SOURCE_LIMIT] for text in said if text.strip())
        written = await self._generate(record.origin.place, TITLE, source)
        title = name_from(written.text.strip().split("\n")[0], WORDS)
        await running.save_draft({"title": title})
        return title


def register(
    scheduler: LocalScheduler,
    rest: DiscordRest,
    generate: Generate,
    find: Callable[[str], Awaitable[Record]],
) -> None:
    scheduler.handler(KIND, Titles(rest, generate, find).run)
