"""A job that this process runs: its claim and its draft."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Container, Mapping
from typing import TYPE_CHECKING, Any

from connectors.database.errors import DatabaseUnavailable
from connectors.local_scheduler.job import ClaimLost, Fence, Job, to_json

if TYPE_CHECKING:
    from connectors.database.database import Database
    from connectors.local_scheduler.ledger import Ledger
    from connectors.local_scheduler.presence import Presence

# The part of a lease that must be left, since an effect takes time itself.
_MARGIN = 1 / 9
_TRIES = 3

Clocks = Callable[[], tuple[float, float]]
Draft = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


def clocks() -> tuple[float, float]:
    """Return the time of both clocks: one stops while a machine sleeps, one is set by people."""
    return time.monotonic(), time.time()


class Claim:
    """The lease on one job, as far as this process knows, and the draft not yet written."""

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
        presence: Presence | None = None,
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
        self._presence = presence
        self._term = 0 if presence is None else presence.term
        self.is_lost = False
        # Whether there is a newer draft than the ledger's.
        self.is_dirty = False
        # Whether this claim has let its holder act.
        self.may_have_acted = False

    @property
    def has_changed(self) -> bool:
        """True if there is a draft to write, and it may be written."""
        return self.is_dirty and not self.is_lost

    @property
    def age_s(self) -> float:
        return self._lease_s - self.left_s()

    def left_s(self) -> float:
        """Return how long the lease lasts at least; the less favourable clock decides."""
        if self.is_lost:
            return 0.0
        (passing_s, set_s), (passing_then_s, set_then_s) = self._clocks(), self._asked_at
        return self._lease_s - max(passing_s - passing_then_s, set_s - set_then_s)

    def lasts(self) -> bool:
        return self.left_s() > self._lease_s * _MARGIN

    def holds(self) -> bool:
        """Return whether the lease lasts, and nobody can take this process for dead."""
        return self.lasts() and (self._presence is None or self._presence.is_certain())

    async def ensure(self, fresh_s: float) -> None:
        """Raise ClaimLost unless this process may act now; ask the ledger if in doubt."""
        term = self._term if self._presence is None else await self._presence.certain()
        is_in_doubt = term != self._term or self.left_s() < self._lease_s / 2
        if not self.is_lost and (is_in_doubt or self._is_older(fresh_s)):
            await self._confirm_anew(fresh_s)
        self._term = term
        if not self.holds():
            raise ClaimLost(self.fence.job_id)
        self.may_have_acted = True

    async def _confirm_anew(self, fresh_s: float) -> None:
        """Confirm the claim again while the answer takes so long that it may be another's by then.

        Raises DatabaseUnavailable if it always does.
        """
        for _ in range(_TRIES):
            await self.confirm()
            if self.is_lost or not self._is_older(fresh_s):
                return
        raise DatabaseUnavailable("the database answers too late")

    def _is_older(self, fresh_s: float) -> bool:
        return self._clocks()[0] - self._seen_at_s > fresh_s

    async def confirm(self) -> None:
        """Renew the claim in the ledger, or learn that it is lost. Raises DatabaseUnavailable."""
        asked_at = self._clocks()
        held = await self._database.run(lambda c: self._ledger.renew(c, [self.fence]))
        self.learn(asked_at, held)

    def learn(self, asked_at: tuple[float, float], held: Container[Fence]) -> None:
        """Note which claims the ledger renewed when it was asked."""
        if self.fence in held:
            self._asked_at = asked_at
            self._seen_at_s = asked_at[0]
        else:
            self.lose()

    def saved(self, asked_at: tuple[float, float], *, is_held: bool) -> None:
        """Note whether the ledger accepted a draft when it was asked."""
        if is_held:
            self._seen_at_s = asked_at[0]
        else:
            self.lose()

    def lose(self) -> None:
        """Note that the claim is lost, and cancel its task."""
        self.is_lost = True
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    def checkpoint(self, draft: Draft) -> None:
        self._draft = draft if callable(draft) else dict(draft)
        self.is_dirty = True

    def merge(self, draft: Mapping[str, Any]) -> None:
        self.checkpoint({**self._newest(), **draft})

    def draft_json(self) -> str:
        """Return the newest draft, which counts as written from now on."""
        self.is_dirty = False
        return to_json(self._newest())

    def _newest(self) -> Mapping[str, Any]:
        return self._draft() if callable(self._draft) else self._draft

    async def save(self) -> None:
        draft, asked_at = self.draft_json(), self._clocks()
        is_held = await self._database.run(lambda c: self._ledger.save_draft(c, self.fence, draft))
        self.saved(asked_at, is_held=is_held)
        if not is_held:
            raise ClaimLost(self.fence.job_id)


class Running(Job, frozen=True, kw_only=True):
    """A job given to a handler. ``payload`` and ``draft`` are those at the time of the claim."""

    claim: Claim

    @classmethod
    def of(cls, job: Job, claim: Claim) -> Running:
        return cls(**{name: getattr(job, name) for name in job.__struct_fields__}, claim=claim)

    @property
    def is_takeover(self) -> bool:
        """True if this occurrence was tried before, so that a message of it may exist.

        If so, look for it in the channel since ``first_claimed_at`` before posting: Discord forgets
        a nonce within minutes, and no clock says reliably how many have passed.
        An attempt that ended with Retry or a stop before ``ensure_claim`` let it act is not one.
        """
        return self.attempts > 1

    def holds_claim(self) -> bool:
        """Return whether the lease lasts some seconds more, by the clocks alone."""
        return self.claim.holds()

    async def ensure_claim(self, *, fresh_s: float = math.inf) -> None:
        """Raise ClaimLost unless this process may act for the job. Call it before each effect.

        People can cancel a job at any time: if the ledger was asked ``fresh_s`` ago or earlier, it
        is asked again.
        """
        await self.claim.ensure(fresh_s)

    def check_claim(self) -> None:
        """Raise ClaimLost unless ``holds_claim``, for effects delayed since ``ensure_claim``."""
        if not self.holds_claim():
            raise ClaimLost(self.id)

    async def save_draft(self, draft: Draft) -> None:
        """Write the draft to the ledger. Raises ClaimLost or DatabaseUnavailable."""
        self.claim.checkpoint(draft)
        await self.claim.save()

    async def add_to_draft(self, more: Mapping[str, Any]) -> None:
        """Like ``save_draft``, beside what the draft holds already."""
        self.claim.merge(more)
        await self.claim.save()

    def checkpoint(self, draft: Draft) -> None:
        """Have the draft written within a second, without waiting; the newest one wins.

        A function is called when it is written, so that a growing draft is not copied at each step.
        """
        self.claim.checkpoint(draft)
