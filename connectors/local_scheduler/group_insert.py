"""Jobs that are stored in the same moment, in one statement and one commit.

The thread of the database waits for the interpreter after each statement, while the event loop
computes: a statement for each job would let a burst of jobs wait for seconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.database.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from connectors.local_scheduler.ledger import Ledger
    from connectors.local_scheduler.runner import UntilClosed

AT_ONCE: Final = 100
# So many callers go on in one turn of the event loop, as in connectors/database/database.py.
HANDED_OVER: Final = 8


class _Row(msgspec.Struct):
    values: Mapping[str, Any]
    is_held: asyncio.Future[bool]


class GroupInsert:
    """Stores rows that are leased to this process; what comes meanwhile is the next group."""

    def __init__(self, database: UntilClosed, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger
        self._waiting: deque[_Row] = deque()
        self._task: asyncio.Task[None] | None = None

    async def add(self, values: Mapping[str, Any]) -> bool:
        """Return whether the row is stored and held here: not another of the same id.

        Raise what ``Database.run`` raises.
        """
        row = _Row(values, asyncio.get_running_loop().create_future())
        self._waiting.append(row)
        if self._task is None:
            self._task = asyncio.create_task(self._store_all())
        return await row.is_held

    async def _store_all(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
                await self._store(group)
        finally:
            self._task = None

    async def _store(self, group: Sequence[_Row]) -> None:
        rows = [row.values for row in group]
        try:
            held = await self._database.run(
                lambda c: self._ledger.insert_held(c, rows), is_urgent=True
            )
        except DatabaseUnavailable as error:
            _hand_over([(row, error) for row in group])
        except Exception as error:
            if len(group) == 1:
                _hand_over([(row, error) for row in group])
                return
            for row in group:  # one of them is at fault, and the others must not suffer
                await self._store([row])
        else:
            _hand_over(list(zip(group, held, strict=True)))


def _hand_over(results: Sequence[tuple[_Row, bool | Exception]]) -> None:
    """Give callers their results, a few in each turn of the loop: others are due meanwhile."""
    for row, result in results[:HANDED_OVER]:
        if row.is_held.done():  # its caller was cancelled
            continue
        if isinstance(result, Exception):
            row.is_held.set_exception(result)
        else:
            row.is_held.set_result(result)
    if rest := results[HANDED_OVER:]:
        asyncio.get_running_loop().call_soon(_hand_over, rest)
