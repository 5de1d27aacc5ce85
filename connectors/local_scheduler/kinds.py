"""What this process knows how to do, and how patiently it does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.local_scheduler.job import Job, Outcome
from connectors.local_scheduler.running import Running

Handler = Callable[[Running], Awaitable[Outcome]]
NextRun = Callable[[Job, datetime], datetime | None]
OnParked = Callable[[Job, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How jobs of one name are done: next_run says when again, slots how many at once.

    on_parked tells whoever wants to know that a job waits for a person.
    """

    run: Handler
    next_run: NextRun | None
    on_parked: OnParked | None
    version: int
    slots: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take."""

    lease_s: float = 45.0
    renew_s: float = 15.0
    ahead_s: float = 2.0  # claimed so long before it is due
    poll_s: float = 1.0  # how often to look for what other processes added,
    listening_poll_s: float = 30.0  # and how often where they tell
    checkpoint_s: float = 1.0
    first_retry_s: float = 5.0
    longest_retry_s: float = 900.0
    retries: int = 20  # of what may pass by itself: some three hours
    error_retries: int = 4  # of what is probably a mistake of ours: some two minutes
    crashes: int = 100  # a job that ends its process so often is not given to another one
    orphan_s: float = 3600.0  # overdue for so long, and nobody knows what it is
    keep_s: float = 30 * 86400.0  # what is settled; its buttons work for so long
