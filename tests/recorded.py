"""A recorder that keeps what it is told."""

from connectors.recorder import Event


class Recorded:
    """``events`` in their order: each with its labels, and the seconds of those that took time."""

    def __init__(self) -> None:
        self.events: list[tuple[Event | str | float, ...]] = []

    def count(self, event: Event, *labels: str) -> None:
        self.events.append((event, *labels))

    def observe(self, event: Event, seconds: float, *labels: str) -> None:
        self.events.append((event, seconds, *labels))
