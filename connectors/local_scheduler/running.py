"""A job in the hands of this process: whether it may still act for it, and what it keeps meanwhile."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.local_scheduler.job import NONCE_WINDOW, ClaimLost, Fence, Job, to_json

if TYPE_CHECKING:
    from connectors.database.database import Database
    from connectors.local_scheduler.ledger import Ledger

_MARGIN = (
    1 / 9
)  # of a lease: a claim that ends sooner is no use, since the effect itself takes time

Clocks = Callable[[], tuple[float, float]]
Draft = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


def clocks() -> tuple[float, float]:
    """Return the time as both clocks show it: one stands still while a machine sleeps, one is set by people."""
    return time.monotonic(), time.time()


class Claim:
    """The lease on one job, as far as this process knows; and the draft it has not written yet."""

    def __init__(
        self,
        fence: Fence,
        ledger: Ledger,
        database: Database,
        *,
        asked_at: tuple[float, float],
        lease_s: float,
        read_clocks: Clocks = clocks,
        draft: Mapping[str, Any],
    ) -> None:
        self.fence = fence
        self.task: asyncio.Task[Any] | None = None
        self._ledger = ledger
        self._database = database
        self._asked_at = asked_at
        self._seen_at_s = asked_at[0]
        self._lease_s = lease_s
        self._clocks = read_clocks
        self._draft: Draft = draft
        self._is_lost = False
        self._is_dirty = False
        self.may_have_acted = False  # since this claim began

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    @property
    def is_dirty(self) -> bool:
        return self._is_dirty

    @property
    def age_s(self) -> float:
        """Return how long ago the ledger last confirmed the claim."""
        return self._lease_s - self.left_s()

    def left_s(self) -> float:
        """Return for how long the lease surely lasts; the less favourable clock decides."""
        if self._is_lost:
            return 0.0
        passed = max(now - then for now, then in zip(self._clocks(), self._asked_at, strict=True))
        return self._lease_s - passed

    def holds(self) -> bool:
        return self.left_s() > self._lease_s * _MARGIN

    async def ensure(self, fresh_s: float) -> None:
        """Raise ClaimLost unless this process may act now; ask the ledger when in doubt."""
        is_stale = self._clocks()[0] - self._seen_at_s > fresh_s
        if not self._is_lost and (is_stale or self.left_s() < self._lease_s / 2):
            await self.confirm()
        if not self.holds():
            raise ClaimLost(self.fence.job_id)
        self.may_have_acted = True

    async def confirm(self) -> None:
        """Ask the ledger whether the claim is held, and renew it. Raises DatabaseUnavailable."""
        asked_at = self._clocks()
        held = await self._database.run(lambda c: self._ledger.renew(c, [self.fence]))
        self.learn(asked_at, held)

    def learn(self, asked_at: tuple[float, float], held: Container[Fence]) -> None:
        """Take in which claims the ledger has renewed when it was asked."""
        if self.fence in held:
            self._asked_at = asked_at
            self._seen_at_s = asked_at[0]
        else:
            self.lose()

    def saved(self, asked_at: tuple[float, float], *, is_held: bool) -> None:
        """Take in whether the ledger took a draft when it was asked."""
        if is_held:
            self._seen_at_s = asked_at[0]
        else:
            self.lose()

    def lose(self) -> None:
        """Know that the claim is lost, and stop the work on it."""
        self._is_lost = True
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    def checkpoint(self, draft: Draft) -> None:
        self._draft = draft if callable(draft) else dict(draft)
        self._is_dirty = True

    def merge(self, draft: Mapping[str, Any]) -> None:
        self.checkpoint({**self._newest(), **draft})

    def draft_json(self) -> str:
        """Return the newest draft, which is now taken to be written."""
        self._is_dirty = False
        return to_json(self._newest())

    def _newest(self) -> Mapping[str, Any]:
        return self._draft() if callable(self._draft) else self._draft

    async def save(self) -> None:
        draft, asked_at = self.draft_json(), self._clocks()
        is_held = await self._database.run(lambda c: self._ledger.save_draft(c, self.fence, draft))
        self.saved(asked_at, is_held=is_held)
        if not is_held:
            raise ClaimLost(self.fence.job_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Job):
    """A job that a handler works on. ``payload`` and ``draft`` are as they were when it was claimed."""

    claim: Claim = field(repr=False, compare=False)

    @classmethod
    def of(cls, job: Job, claim: Claim) -> Running:
        return cls(**{f.name: getattr(job, f.name) for f in fields(job)}, claim=claim)

    @property
    def is_takeover(self) -> bool:
        """Whether this occurrence was tried before: a message of it may exist already.

        A try that ended as Retry, or by a stop, before ``ensure_claim`` let it act does not count.
        """
        return self.attempts > 1

    def must_look_back(self, now: datetime | None = None) -> bool:
        """Return whether Discord may have forgotten the nonce of an earlier try.

        Then look for our own message in the channel, from ``first_claimed_at`` on, before posting.
        """
        if not self.is_takeover or self.first_claimed_at is None:
            return False
        return (now or datetime.now(UTC)) - self.first_claimed_at > NONCE_WINDOW

    def holds_claim(self) -> bool:
        """Return whether this process may act for the job for some seconds more, by the clocks alone."""
        return self.claim.holds()

    async def ensure_claim(self, *, fresh_s: float = math.inf) -> None:
        """Return if this process may act for the job. Call it before each effect; raises ClaimLost.

        A person may take a job away at any time: what the ledger said ``fresh_s`` ago or earlier does not count.
        """
        await self.claim.ensure(fresh_s)

    def check_claim(self) -> None:
        """Raise ClaimLost unless ``holds_claim``: for effects that had to wait since ``ensure_claim``."""
        if not self.holds_claim():
            raise ClaimLost(self.id)

    async def save_draft(self, draft: Draft) -> None:
        """Return once the draft is in the ledger. Raises ClaimLost; DatabaseUnavailable."""
        self.claim.checkpoint(draft)
        await self.claim.save()

    def checkpoint(self, draft: Draft) -> None:
        """Let the draft be written within a second, without waiting; the newest one wins.

        A function is asked for it then, so that what grows need not be copied at each step.
        """
        self.claim.checkpoint(draft)
