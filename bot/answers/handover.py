"""The end of one process's work on an answer that is not the end of the answer."""

from connectors.local_scheduler import Retry


class HandedOver(Exception):
    """The answer stops here and is continued by whichever process takes it over, or ``later``."""

    def __init__(self, later: Retry | None = None) -> None:
        self.later = later
