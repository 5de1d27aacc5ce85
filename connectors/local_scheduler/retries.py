"""Decisions on failed attempts: another one after a wait, or an end."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from connectors.local_scheduler.job import Outcome, Parked, Retry, UnreadablePayload
from connectors.local_scheduler.kinds import Pace
from connectors.local_scheduler.running import Running
from connectors.shared import ConnectorError, exponential_backoff

log = logging.getLogger(__name__)

CLOSING = Retry(0.0, "the process was stopped")
# Whatever a server asks for.
_LONGEST_DELAY_S = 86400.0
# Of so many jobs the errors are counted: those that other processes end are never taken out.
_COUNTED = 1000


class Again(msgspec.Struct, frozen=True):
    """An attempt that failed and is to be repeated."""

    after_s: float
    reason: str
    is_failure: bool


class Retries:
    """Decides on failed attempts: what may pass is tried for a week, a bug a few times."""

    def __init__(self, pace: Pace, now: Callable[[], datetime]) -> None:
        self._pace = pace
        self._now = now
        # How often each job has ended in an error that is probably a bug. Not in the ledger, where
        # the count would grow with what passes.
        self._bugs: dict[str, int] = {}

    def after(self, running: Running, error: Exception) -> Parked | Again:
        """Return what follows an error of a handler, which is logged."""
        if isinstance(error, UnreadablePayload):
            return Parked(str(error))
        if not isinstance(error, ConnectorError):
            log.error("%s %s failed", running.kind, running.id, exc_info=error)
            return self.after_bug(running, type(error).__name__)
        log.warning("%s %s: %s", running.kind, running.id, error)
        if error.reason == "auth":
            # The bot's own token was refused, which does not count against this job.
            return Again(self._pace.longest_retry_s, str(error), is_failure=False)
        if error.retryable:
            wait_s = max(self._wait_s(running), error.retry_after or 0.0)
            return Again(wait_s, str(error), is_failure=True)
        return self.after_bug(running, str(error))

    def after_bug(self, running: Running, reason: str) -> Parked | Again:
        bugs = self._bugs.pop(running.id, 0) + 1
        self._bugs[running.id] = bugs
        if len(self._bugs) > _COUNTED:
            del self._bugs[next(iter(self._bugs))]
        if bugs > self._pace.error_retries:
            return Parked(reason)
        return Again(self._wait_s(running), reason, is_failure=True)

    def bounded(self, running: Running, outcome: Outcome | Again) -> Outcome | Again:
        """Return an outcome, or Parked instead of another attempt if it is time to give up."""
        if isinstance(outcome, (Retry, Again)):
            overdue_s = (self._now() - running.next_run).total_seconds()
            # Whoever waits for their turn has not tried anything.
            has_not_tried = isinstance(outcome, Retry) and not running.claim.may_have_acted
            is_waiting = outcome is CLOSING or has_not_tried
            if is_waiting or overdue_s <= self._pace.give_up_s:
                return outcome
            outcome = Parked(outcome.reason)
        self._bugs.pop(running.id, None)
        return outcome

    def _wait_s(self, running: Running) -> float:
        base_ms, longest_ms = self._pace.first_retry_s * 1000, self._pace.longest_retry_s * 1000
        return exponential_backoff(running.failures, round(base_ms), round(longest_ms)) / 1000


def delay(again: Retry | Again) -> timedelta:
    """Return a wait that a calendar can hold."""
    return timedelta(seconds=min(max(0.0, again.after_s), _LONGEST_DELAY_S))
