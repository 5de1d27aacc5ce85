"""What the bot is made of besides its gateway: all that a process needs to answer and to remind."""

import asyncio
import functools
import importlib
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.process.tasks import LongTasks
from bot.providers.catalog import Catalog
from bot.providers.routing import Routing
from bot.settings import Settings
from connectors import ConnectorError, Connectors
from connectors.discord import Config, DiscordRest

if TYPE_CHECKING:
    from bot.answers.service import Answers
    from bot.answers.surfaces import Origin
    from bot.digests.service import Digests
    from bot.providers.generation import Question
    from bot.reminders.service import Reminders
    from bot.storage.database import Database
    from bot.storage.preferences import Preferences
    from bot.storage.timezones import Timezones
    from connectors.local_scheduler import LocalScheduler, Pace

log = logging.getLogger(__name__)

LONGEST_STOP_S = 7.5  # some time is left for closing; a platform that stops a process waits 10 s
OPEN_WITHIN_S = 1.0  # Discord waits 3 s for the first response
# In a thread, so that nobody waits for them, and before the first question needs them.
SLOW_TO_LOAD = (
    "bot.storage.preferences",
    "bot.storage.timezones",
    "bot.answers.service",
    "bot.digests.service",
    "bot.reminders.service",
    "connectors.local_scheduler.scheduler",
)


class Parts:
    """``connectors`` and ``config`` belong to it from here on and are closed with it.

    Each part is made on first use, since those that need the database must not delay the login.
    """

    def __init__(
        self,
        settings: Settings,
        connectors: Connectors,
        config: Config,
        *,
        pace_s: float = 1.0,
        job_pace: "Pace | None" = None,
    ) -> None:
        self.settings = settings
        self.connectors = connectors
        self.catalog = Catalog(connectors)
        self._config = config
        self._pace_s = pace_s
        self._job_pace = job_pace
        self._is_kept = asyncio.Event()
        self.tasks = LongTasks()
        self.owner_ids: Collection[int] | None = None  # as discord.py names them

    def is_owned_by(self, user_id: int) -> bool:
        """Return whether somebody owns the bot's application, alone or in a team."""
        return user_id in (self.owner_ids or ())

    @functools.cached_property
    def rest(self) -> DiscordRest:
        """Discord without its gateway."""
        return DiscordRest(self._config, self.connectors.transport)

    @functools.cached_property
    def preferences(self) -> "Preferences":
        """What people chose with /model."""
        from bot.storage.preferences import Preferences

        return Preferences(self._database)

    @functools.cached_property
    def timezones(self) -> "Timezones":
        """Whose clock shows what."""
        from bot.storage.timezones import Timezones

        return Timezones(self._database)

    @functools.cached_property
    def routing(self) -> Routing:
        """Where a question goes."""
        return Routing(self.catalog, self.preferences, self.settings.provider)

    @functools.cached_property
    def scheduler(self) -> "LocalScheduler":
        """What is promised for later; with ``open`` it begins to be done."""
        from bot.digests import service as digests
        from bot.providers.generate_text import TextGenerator
        from bot.reminders import service as reminders
        from connectors.local_scheduler import LocalScheduler

        scheduler = LocalScheduler(self.settings.ledger, pace=self._job_pace)
        generator = TextGenerator(self.connectors, self.catalog, self.routing)
        reminders.register(scheduler, self.rest)
        digests.register(scheduler, self.rest, generator.generate)
        return scheduler

    @functools.cached_property
    def answers(self) -> "Answers":
        """All answers."""
        from bot.answers.answer import Dependencies
        from bot.answers.service import Answers

        settings = self.settings
        dependencies = Dependencies(
            self.connectors,
            self.catalog,
            self.routing,
            self.rest,
            self._pace_s,
            is_owner=self.is_owned_by,
        )
        return Answers(self.scheduler, dependencies, is_lasting=settings.is_lasting)

    @functools.cached_property
    def reminders(self) -> "Reminders":
        """Everybody's reminders."""
        from bot.reminders.service import Reminders

        return Reminders(self.scheduler, self.timezones, is_lasting=self.settings.is_lasting)

    @functools.cached_property
    def digests(self) -> "Digests":
        """What servers have told again and again."""
        from bot.digests.service import Digests

        return Digests(self.scheduler, self.rest, self.timezones, self.reminders)

    @functools.cached_property
    def _database(self) -> "Database":
        from bot.storage.database import Database, engine_url

        return Database(engine_url(self.settings.database_url, self.settings.data_dir))

    async def open(self) -> None:
        """Begin to do what is due, also what other processes left behind."""
        try:
            for name in SLOW_TO_LOAD:
                await asyncio.to_thread(importlib.import_module, name)
            _ = self.answers  # so that it takes what another process left
            for task in await self.scheduler.start():
                self.tasks.watch(task)
            with suppress(ConnectorError):  # which is logged where it is tried again
                await self.scheduler.owned_by(0)  # so that it is open when the first question comes
                log.info("scheduler started")
        finally:
            self._is_kept.set()

    async def accept(
        self, question: "Question", origin: "Origin", acknowledge: Callable[[], Awaitable[None]]
    ) -> None:
        """Promise an answer and begin it. What acknowledge raises ends it before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_WITHIN_S):
                await self._is_kept.wait()
        if not self._is_kept.is_set():  # a machine so slow is still loading the database's packages
            await acknowledge()
            acknowledge = _nothing
            await self._is_kept.wait()
        await self.answers.accept(question, origin, acknowledge)

    async def finish(self) -> None:
        """End what is under way, or leave it to whoever comes next. Takes 10 s at most."""
        if "scheduler" in self.__dict__:
            stopping = self.scheduler.aclose(grace_s=LONGEST_STOP_S)
            await asyncio.gather(self.answers.aclose(), stopping)
        await self.catalog.aclose()

    async def release(self) -> None:
        """Let go of the database, the network and the token."""
        if "_database" in self.__dict__:
            await self._database.aclose()
        await self.connectors.aclose()
        self._config.close()


async def _nothing() -> None:
    return
