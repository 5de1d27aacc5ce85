"""Events that a process counts where somebody measures it; by default nobody does."""

from enum import StrEnum
from typing import Final, Protocol


class Event(StrEnum):
    """An event by the name of its metric. Its labels are given in the order named here.

    Labels name providers, models, routes and kinds of jobs: never a person, a server or a channel.
    """

    QUESTION = "abi_questions"  # provider, model, outcome
    ANSWER_S = "abi_answer_seconds"  # provider
    FIRST_WORD_S = "abi_first_word_seconds"  # provider
    QUEUE_WAIT_S = "abi_queue_wait_seconds"  # provider
    PROVIDER_REQUEST = "abi_provider_requests"  # provider, status
    DISCORD_REQUEST = "abi_discord_requests"  # route, status
    RETRY = "abi_retries"  # provider, or discord
    JOB_LATE_S = "abi_job_lateness_seconds"  # kind
    LOOP_LAG_S = "abi_loop_lag_seconds"


class Recorder(Protocol):
    """Counts events. Both methods return at once and raise nothing."""

    def count(self, event: Event, *labels: str) -> None:
        """Count an event."""

    def observe(self, event: Event, seconds: float, *labels: str) -> None:
        """Count an event that has taken so long."""


class _Unrecorded:
    def count(self, event: Event, *labels: str) -> None:
        """Do nothing."""

    def observe(self, event: Event, seconds: float, *labels: str) -> None:
        """Do nothing."""


UNRECORDED: Final[Recorder] = _Unrecorded()
NO_REPLY: Final = "none"  # the status of a request without a reply
