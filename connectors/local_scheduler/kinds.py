"""The kinds of jobs that a process handles, and its timings."""

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from connectors.local_scheduler.job import Job, NewJob, Outcome
from connectors.local_scheduler.running import Running

Handler = Callable[[Running], Awaitable[Outcome]]
NextRun = Callable[[Job, datetime], datetime | None]
Notice = Callable[[Job, str], NewJob | None]


class Kind(msgspec.Struct, frozen=True):
    """The way jobs of one kind are run: at most ``slots`` at once, and ``share`` of one group.

    ``next_run`` returns the next occurrence of a settled job, and ``notice`` the job that tells
    somebody of a parked one.
    """

    run: Handler
    next_run: NextRun | None
    notice: Notice | None
    version: int
    slots: int
    share: int = sys.maxsize


class Pace(msgspec.Struct, frozen=True):
    """Durations, and numbers of attempts."""

    lease_s: float = 45.0
    renew_s: float = 15.0
    # A job is claimed this long before it is due.
    ahead_s: float = 2.0
    # How often to look for jobs of other processes, and how often if they notify this one.
    poll_s: float = 1.0
    listening_poll_s: float = 30.0
    # How often to look for processes that have died.
    look_s: float = 0.5
    checkpoint_s: float = 1.0
    first_retry_s: float = 5.0
    longest_retry_s: float = 900.0
    # What may pass is tried for so long after a job was due.
    give_up_s: float = 7 * 86400.0
    # One attempt is ended after so long.
    run_s: float = 3600.0
    # After an error that is probably a bug: about two minutes.
    error_retries: int = 4
    # A job whose process ended this often is parked.
    crashes: int = 100
    # A job that is overdue for this long, and of a kind that no process handles, is parked.
    orphan_s: float = 3600.0
    # A settled job is deleted after this long; its buttons work until then.
    keep_s: float = 30 * 86400.0
