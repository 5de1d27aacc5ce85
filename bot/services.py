"""Everything the bot works with besides its gateway."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
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
    from bot.schedules.service import Schedules
    from bot.storage.preferences import Preferences
    from bot.storage.timezones import Timezones
    from connectors.database.database import Database
    from connectors.local_scheduler import LocalScheduler, Pace

log = logging.getLogger(__name__)

LONGEST_STOP_S = 7.5  # a platform that stops a process waits 10 s; the rest is for closing
# The database's thread releases the GIL for each statement, and would wait 5 ms to get it back.
SWITCH_INTERVAL_S = 0.001
OPEN_WITHIN_S = 1.0  # Discord waits 3 s for the first response


class Services:
    """The services of one process, built here and closed in reverse order.

    It closes ``connectors`` and ``config`` too. ``start`` sets what needs the database, since
    importing the database's packages must not delay the login.
    """

    scheduler: LocalScheduler
    preferences: Preferences
    timezones: Timezones
    routing: Routing
    answers: Answers
    schedules: Schedules
    reminders: Reminders
    digests: Digests
    _database: Database

    def __init__(
        self,
        settings: Settings,
        connectors: Connectors,
        config: Config,
        *,
        pace_s: float = 1.0,
        job_pace: Pace | None = None,
    ) -> None:
        self.settings = settings
        self.connectors = connectors
        self.rest = DiscordRest(config, connectors.transport)
        self.catalog = Catalog(connectors)
        self.tasks = LongTasks()
        self.owner_ids: Collection[int] = ()
        self._pace_s = pace_s
        self._job_pace = job_pace
        self._opening: asyncio.Task[None] | None = None
        self._is_loaded = asyncio.Event()
        self._is_open = asyncio.Event()
        self._closers = AsyncExitStack()
        self._closers.callback(config.close)
        self._closers.push_async_callback(connectors.aclose)
        self.close_with(self.catalog.aclose)

    def is_owned_by(self, user_id: int) -> bool:
        """Return whether somebody owns the bot's application, alone or in a team."""
        return user_id in self.owner_ids

    def close_with(self, close: Callable[[], Awaitable[object]]) -> None:
        """Call ``close`` in ``aclose``, before what was opened earlier is closed."""
        self._closers.push_async_callback(close)

    async def loaded(self) -> None:
        """Wait until every service is set."""
        await self._is_loaded.wait()

    def start(self) -> None:
        """Open everything in the background; ``tasks`` notices if that fails."""
        self.catalog.start()
        self._opening = asyncio.create_task(self._open())
        self.tasks.watch(self._opening, may_end=True)

    async def _open(self) -> None:
        """Load what needs the database, then start the scheduler."""
        try:
            await asyncio.to_thread(self._load)
            sys.setswitchinterval(SWITCH_INTERVAL_S)
            self.close_with(self._close_loaded)
            self._is_loaded.set()
            for task in await self.scheduler.start():
                self.tasks.watch(task)
            with suppress(ConnectorError):  # logged by the scheduler, which tries again
                await self.scheduler.owned_by(0)  # so that it is open when a question comes
                log.info("Scheduler started.")
        finally:
            self._is_open.set()

    def _load(self) -> None:
        """Set what needs the database. Its imports take as long as all others together."""
        self._load_storage()
        self._load_features()

    def _load_storage(self) -> None:
        from bot.schedules.service import Schedules
        from bot.storage.preferences import Preferences
        from bot.storage.timezones import Timezones
        from connectors.database.database import Database
        from connectors.local_scheduler import LocalScheduler

        settings = self.settings
        self._database = database = Database(settings.ledger)
        self.scheduler = LocalScheduler(settings.ledger, database=database, pace=self._job_pace)
        self.preferences = Preferences(database)
        self.timezones = Timezones(database)
        self.routing = Routing(
            self.catalog, self.preferences, settings.provider, settings.answer_limit_s
        )
        self.schedules = Schedules(self.timezones, is_lasting=settings.is_lasting)

    def _load_features(self) -> None:
        from bot.answers.answer import Dependencies
        from bot.answers.service import Answers
        from bot.digests import runner
        from bot.digests.service import Digests
        from bot.providers.generate_text import TextGenerator
        from bot.reminders import catch_up
        from bot.reminders.service import Reminders
        from bot.schedules import notices

        scheduler, rest = self.scheduler, self.rest
        shared = self.connectors, self.catalog, self.routing
        dependencies = Dependencies(*shared, rest, self._pace_s, is_owner=self.is_owned_by)
        self.answers = Answers(scheduler, dependencies, is_lasting=self.settings.is_lasting)
        notices.register(scheduler, rest)
        catch_up.register(scheduler, rest)
        self.reminders = Reminders(scheduler, self.schedules)
        runner.register(scheduler, rest, TextGenerator(*shared).generate)
        self.digests = Digests(scheduler, rest, self.schedules)

    async def _close_loaded(self) -> None:
        stopping = self.scheduler.aclose(grace_s=LONGEST_STOP_S)
        await asyncio.gather(self.answers.aclose(), stopping)
        await self._database.aclose()

    async def accept(
        self, question: Question, origin: Origin, acknowledge: Callable[[], Awaitable[None]]
    ) -> None:
        """Store a question and start its answer. Raise what ``acknowledge`` raises."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_WITHIN_S):
                await self._is_open.wait()
        if not self._is_open.is_set():  # a slow machine, still importing the database's packages
            await acknowledge()
            acknowledge = _nothing
            await self._is_open.wait()
        await self.answers.accept(question, origin, acknowledge)

    async def aclose(self) -> None:
        """Finish what is in progress, or leave it to the next process. Takes 10 s at most."""
        if self._opening is not None:
            self._opening.cancel()
        await self._closers.aclose()


async def _nothing() -> None:
    return
