"""Everything the bot works with besides its gateway."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.process.budget.budget import Budget
from bot.process.tasks import LongTasks, import_in_thread
from bot.providers.catalog import Catalog
from bot.providers.routing import Routing
from bot.settings import Settings
from connectors import ConnectorError, Connectors
from connectors.discord import Config, DiscordRest

if TYPE_CHECKING:
    from bot.answers.acceptance import Admit
    from bot.answers.edits import Edits
    from bot.answers.leftovers import Leftovers
    from bot.answers.offers import Offers
    from bot.answers.origin import Origin
    from bot.answers.remarks import Remarks
    from bot.answers.service import Answers
    from bot.conversations.service import Conversations
    from bot.digests.service import Digests
    from bot.privacy.service import Privacy
    from bot.providers.generate_text import TextGenerator
    from bot.providers.question import Question
    from bot.reminders.service import Reminders
    from bot.rules.service import RuleBook
    from bot.schedules.service import Schedules
    from bot.storage.stored import Stored
    from connectors.database.database import Database
    from connectors.local_scheduler import LocalScheduler, Pace
    from connectors.local_scheduler.depth import Depth

log = logging.getLogger(__name__)

LONGEST_STOP_S = 7.5  # a platform that stops a process waits 10 s; the rest is for closing
# The database's thread releases the GIL for each statement, and would wait 5 ms to get it back.
SWITCH_INTERVAL_S = 0.001
END_WITHIN_S = 300.0  # the end of an answer that was stopped is shown
OPEN_WITHIN_S = 1.0  # Discord waits 3 s for the first response


class Services:
    """The services of one process, built here and closed in reverse order.

    It closes ``connectors`` and ``config`` too. ``load`` and ``start`` set what needs the database,
    since importing the database's packages must not delay the login.
    """

    scheduler: LocalScheduler
    stored: Stored
    rules: RuleBook
    generator: TextGenerator
    routing: Routing
    conversations: Conversations
    answers: Answers
    edits: Edits
    leftovers: Leftovers
    offers: Offers
    remarks: Remarks
    schedules: Schedules
    reminders: Reminders
    digests: Digests
    privacy: Privacy
    depth: Callable[[], Awaitable[list[Depth]]]  # what the ledger holds, by kind
    _database: Database

    def __init__(
        self,
        settings: Settings,
        connectors: Connectors,
        config: Config,
        *,
        pace_s: float = 1.0,
        job_pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings, self.connectors = settings, connectors
        self.rest = DiscordRest(config, connectors.transport, per_s=settings.global_rate)
        self._budget = Budget(self.rest.global_limit, settings.global_rate)
        self.catalog = Catalog(connectors)
        self.tasks, self.stop_within_s = LongTasks(), LONGEST_STOP_S
        self.owner_ids: Collection[int] = ()
        self._pace_s, self._job_pace, self._clock = pace_s, job_pace, clock
        self._opening: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._is_loaded, self._is_open = asyncio.Event(), asyncio.Event()
        self._closers = AsyncExitStack()
        self._closers.callback(config.close)
        self._closers.push_async_callback(connectors.aclose)
        self.close_with(self.catalog.aclose)

    def now(self) -> datetime:
        """Return the time by which jobs are due and phrases are read, in UTC."""
        return datetime.fromtimestamp(self._clock(), UTC)

    def is_owned_by(self, user_id: int) -> bool:
        """Return whether somebody owns the bot's application, alone or in a team."""
        return user_id in self.owner_ids

    def close_with(self, close: Callable[[], Awaitable[object]]) -> None:
        """Call ``close`` in ``aclose``, before what was opened earlier is closed."""
        self._closers.push_async_callback(close)

    @property
    def is_loaded(self) -> bool:
        return self._is_loaded.is_set()

    async def loaded(self) -> None:
        """Wait until every service is set."""
        await self._is_loaded.wait()

    async def opened(self) -> None:
        """Wait until questions can be stored."""
        await self._is_open.wait()

    def load(self) -> asyncio.Task[None]:
        """Import what a question needs, in a thread: best while the login waits for Discord."""
        if self._loading is None:
            self._loading = asyncio.create_task(import_in_thread(self._load_answers))
            self.tasks.watch(self._loading, may_end=True)
        return self._loading

    def start(self) -> None:
        """Open everything in the background; ``tasks`` notices if that fails."""
        self._opening = asyncio.create_task(self._open(self.load()))
        self.tasks.watch(self._opening, may_end=True)

    async def _open(self, loading: asyncio.Task[None]) -> None:
        """Open the database, load what no question needs, then start the scheduler."""
        try:
            await loading
            self.close_with(self._close_loaded)
            # The scheduler logs an error and tries again.
            with suppress(ConnectorError, TimeoutError):
                async with asyncio.timeout(OPEN_WITHIN_S):
                    await self.rules.look()
        finally:
            self._is_open.set()
        if self.settings.shares_database:
            keeping = self._budget.start(self.stored.request_shares, self.scheduler.enlist)
            self.tasks.watch(keeping, may_end=True)
        await import_in_thread(self._load_rest)
        self._is_loaded.set()
        for task in (self.catalog.start(), *await self.scheduler.start()):
            self.tasks.watch(task)
        log.info("Scheduler started.")

    def _load_answers(self) -> None:
        """Set what keeps a question. Its imports take as long as all others together."""
        self._load_stored()
        self._load_writing()

    def _load_stored(self) -> None:
        """Set what is in the database."""
        from bot.limits.books import Books
        from bot.limits.prices import load
        from bot.rules.service import RuleBook
        from bot.storage.stored import Stored
        from connectors.database.database import Database
        from connectors.local_scheduler import LocalScheduler, Pace
        from connectors.local_scheduler.depth import depth

        sys.setswitchinterval(SWITCH_INTERVAL_S)
        settings, clock, recorder = self.settings, self._clock, self.connectors.recorder
        # An answer ends itself in time; whatever has not is ended a little later.
        run_s = settings.answer_limit_s + END_WITHIN_S
        ledger, kept = settings.ledger, timedelta(days=settings.history_days)
        pace = replace(self._job_pace or Pace(), run_s=run_s, keep_s=kept.total_seconds())
        self._database = database = Database(ledger, clock=clock)
        self.stored = stored = Stored(database, keep=kept, clock=clock)
        self.scheduler = LocalScheduler(
            ledger,
            database=database,
            pace=pace,
            clock=clock,
            upkeep=stored.upkeep,
            recorder=recorder,
        )
        self.depth = partial(database.run, partial(depth, config=ledger))
        self.preferences, self.timezones = stored.preferences, stored.timezones
        self.personas, self.places = stored.personas, stored.places
        self.rules = RuleBook(stored.rules)
        prices = load(settings.prices, self.catalog.is_local)
        self.books = Books(stored.usage, prices, self.rules.of, clock=clock)

    def _load_writing(self) -> None:
        """Set what writes answers, with what is stored."""
        from bot.answers.dependencies import Dependencies
        from bot.answers.edits import Edits
        from bot.answers.leftovers import Leftovers
        from bot.answers.offers import Offers
        from bot.answers.pace import Traffic
        from bot.answers.remarks import Remarks
        from bot.answers.service import Answers
        from bot.answers.typing import Typing
        from bot.conversations.opening import open_conversations
        from bot.limits.service import Limiter
        from bot.providers.generate_text import TextGenerator
        from bot.rules.locality import Locality

        settings, rules = self.settings, self.rules.of
        asked = settings.provider, settings.answer_limit_s, settings.providers
        is_local_only = Locality(rules, self.rest, self.catalog.has_local).applies
        self.routing = Routing(self.catalog, self.preferences, *asked, rules, is_local_only)
        self.remarks = Remarks(self.scheduler, self.rest, clock=self._clock)
        tell, owners = self.remarks.tell, lambda: self.owner_ids
        self.limits = Limiter(
            self.books, self.routing, self.rules, self.rest, settings.limits, tell, owners
        )
        providers = self.connectors, self.catalog, self.routing
        self.generator = TextGenerator(*providers, self.limits.settle, self.limits.admit)
        clock = lambda zone: self.now().astimezone(zone)  # noqa: E731
        self.conversations = open_conversations(
            self.stored, self.rest, self.catalog, self.generator.complete, rules, clock
        )
        self.leftovers = Leftovers(self.scheduler, self.rest)
        dependencies = Dependencies(
            *providers,
            self.rest,
            self._pace_s,
            is_owner=self.is_owned_by,
            memory=self.conversations,
            typing=Typing(self.rest),
            traffic=Traffic(self.rest),
            tidy=self.leftovers.tidy,
            settle=self.limits.settle,
            release=self.limits.release,
        )
        self.answers = Answers(self.scheduler, dependencies, is_lasting=settings.is_lasting)
        self.edits = Edits(self.scheduler, self.answers, dependencies, self.conversations.forget)
        self.offers = Offers(self.scheduler, self.now)

    def _load_rest(self) -> None:
        from bot.answers import titles
        from bot.digests.runner import DigestRunner
        from bot.digests.service import Digests
        from bot.privacy.service import Privacy
        from bot.reminders import catch_up
        from bot.reminders.service import Reminders
        from bot.schedules import notices
        from bot.schedules.service import Schedules

        scheduler, rest, now, rules = self.scheduler, self.rest, self.now, self.rules.of
        background = rest.background()
        self.schedules = Schedules(self.timezones, is_lasting=self.settings.is_lasting, clock=now)
        notices.register(scheduler, background)
        catch_up.register(scheduler, background, clock=now)
        self.reminders = Reminders(scheduler, self.schedules)
        left_out, generate = self.stored.opt_outs.out_of_digests, self.generator.generate
        DigestRunner(scheduler, background, generate, rules, left_out, clock=now).register()
        titles.register(scheduler, background, generate, self.answers.find)
        self.digests = Digests(scheduler, rest, self.schedules, rules)
        self.privacy = Privacy(scheduler, rest, self.stored, self.answers.stop, clock=now)

    async def _close_loaded(self) -> None:
        await self.scheduler.aclose(grace_s=self.stop_within_s, beside=self.answers.aclose())
        await self.books.aclose()
        await self._budget.aclose()
        await self._database.aclose()

    async def accept(
        self,
        question: Question,
        origin: Origin,
        acknowledge: Callable[[], Awaitable[bool]],
        admit: Admit | None = None,
    ) -> None:
        """Store a question as ``admit`` returns it, and start its answer. Raise what both raise."""
        if not self._is_open.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(OPEN_WITHIN_S):
                    await self.opened()
        if not self._is_open.is_set():  # a slow machine, still importing the database's packages
            is_certain = await acknowledge()
            acknowledge = lambda: asyncio.sleep(0.0, is_certain)  # noqa: E731
            await self._is_open.wait()
        await self.answers.accept(question, origin, acknowledge, admit)

    async def aclose(self) -> None:
        """Finish what is in progress, or leave it to the next process. Takes 10 s at most."""
        for task in filter(None, (self._opening, self._loading)):
            task.cancel()
        await self._closers.aclose()
