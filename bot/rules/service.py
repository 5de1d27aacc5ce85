"""The rules of servers: changed, undone, and remembered, since each question needs them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from bot.errors import Refused
from bot.rules import texts
from bot.storage.rules import DEFAULTS, UNKNOWN, Change, Rules
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from bot.storage.server_rules import ServerRules

log = logging.getLogger(__name__)

# What another process has changed holds here after that long.
FRESH_S = 25.0
# Discord waits 3 s for a response; while the database is away, few questions wait for it.
READ_WITHIN_S, RETRY_S = 1.0, 2.0
REMEMBERED = 10_000  # servers


class Remembered(msgspec.Struct, frozen=True):
    rules: Rules
    until: float


class RuleBook:
    """The rules of each server; those of direct messages are the defaults."""

    def __init__(self, stored: ServerRules, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stored = stored
        self._clock = clock
        self._known: OrderedDict[int, Remembered] = OrderedDict()
        self._local: dict[int, Rules] = {}  # of servers that keep what is said from other models
        self._looked: float | None = None
        self._changes = 0

    async def look(self) -> None:
        """Learn which servers keep to local models, so that no later outage lets anything out.

        Raise DatabaseUnavailable.
        """
        self._local = await self._stored.local()
        self._looked = self._clock()

    async def of(self, guild_id: int | None) -> Rules:
        """Return a server's rules. Never raise.

        While the database is away, they are the last ones known, or else the defaults; UNKNOWN, if
        this process has not learned yet which servers keep to local models.
        """
        if not guild_id:
            return DEFAULTS
        known = self._known.get(guild_id)
        if known is not None and self._clock() < known.until:
            return known.rules
        changes = self._changes
        try:
            async with asyncio.timeout(READ_WITHIN_S):
                rules, _ = await self._stored.of(guild_id)
            fresh_s = FRESH_S
        except (DatabaseUnavailable, TimeoutError) as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else error.summary
            log.error("the rules of a server cannot be read: %s", why)
            rules, fresh_s = self._last_of(guild_id), RETRY_S
        if fresh_s == FRESH_S and not self._is_fresh():
            await self._look_in_time()
        if changes == self._changes:
            self._remember(guild_id, rules, fresh_s)
        return rules

    def _last_of(self, guild_id: int) -> Rules:
        """Return the rules of a server that cannot be read."""
        known = self._known.get(guild_id)
        if known is not None and known.rules is not UNKNOWN:
            return self._local.get(guild_id, known.rules)
        return self._local.get(guild_id, UNKNOWN if self._looked is None else DEFAULTS)

    def _is_fresh(self) -> bool:
        """Return whether other processes have hardly had time to change something since."""
        return self._looked is not None and self._clock() < self._looked + FRESH_S

    async def _look_in_time(self) -> None:
        with suppress(DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(READ_WITHIN_S):
                await self.look()

    async def read(self, guild_id: int) -> tuple[Rules, dict[str, Change]]:
        """Return the rules as they are stored, with their last changes.

        Raise DatabaseUnavailable.
        """
        return await self._stored.of(guild_id)

    async def change(self, guild_id: int, name: str, value: object, change: Change) -> None:
        """Set a rule; None is its default. Raise DatabaseUnavailable or InvalidValue."""
        try:
            await self._stored.change(guild_id, name, value, change)
        finally:
            self._forget(guild_id)
        log.info("server %s: %s was changed by %s", guild_id, name, change.by)

    async def undo(self, guild_id: int, name: str, change_id: int, undo: Change) -> None:
        """Undo a change, once. Raise Refused if it is too late, or DatabaseUnavailable."""
        try:
            is_undone = await self._stored.undo(guild_id, name, change_id, undo)
        finally:
            self._forget(guild_id)
        if not is_undone:
            raise Refused(texts.TOO_LATE)
        log.info("server %s: a change of %s was undone by %s", guild_id, name, undo.by)

    def _remember(self, guild_id: int, rules: Rules, fresh_s: float) -> None:
        self._known[guild_id] = Remembered(rules, self._clock() + fresh_s)
        self._known.move_to_end(guild_id)
        if rules.keeps_local and rules is not UNKNOWN:
            self._local[guild_id] = rules
        else:
            self._local.pop(guild_id, None)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _forget(self, guild_id: int) -> None:
        """Read the rules of a server anew, also if they are being read right now."""
        self._changes += 1
        known = self._known.get(guild_id)
        if known is not None:  # still better than the defaults while the database is away
            self._known[guild_id] = Remembered(known.rules, self._clock())
