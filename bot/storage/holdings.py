"""The data of a person or a server, and what they want of it; values only."""

from enum import StrEnum

import msgspec


class OptOut(StrEnum):
    """The features that a person may be left out of."""

    HISTORY = "history"  # conversations that are remembered
    DIGESTS = "digests"


class Extent(msgspec.Struct, frozen=True):
    """A deletion: everything about a person or for a server, up to a request for that.

    ``until`` is the id of the request, and ``until_us`` when it was stored. ``places`` are the
    channels that are theirs alone: those of the server, or the direct messages.
    """

    subject_id: int
    is_server: bool
    until: int
    until_us: int
    places: tuple[int, ...] = ()


class Counted(msgspec.Struct, frozen=True):
    """A number of rows, and when the first and the last were made, in microseconds since 1970."""

    number: int = 0
    first_us: int | None = None
    last_us: int | None = None


class Census(msgspec.Struct, frozen=True):
    """The stored data; ``answers`` are the rows that their buttons need, ``messages`` our own.

    ``people`` is how many have asked in a server.
    """

    turns: Counted = Counted()
    answers: Counted = Counted()
    reminders: Counted = Counted()
    digests: Counted = Counted()
    messages: Counted = Counted()
    models: int = 0
    personas: int = 0
    zone: str | None = None
    people: int = 0
    rules: int = 0

    def is_empty(self, *, is_server: bool) -> bool:
        """Return whether nothing is stored that deleting would delete.

        Reminders in the channels of a server belong to the people who have set them.
        """
        jobs = [self.answers, self.digests, self.messages]
        jobs += [] if is_server else [self.reminders]
        counted = sum(found.number for found in (self.turns, *jobs))
        return not (counted or self.models or self.personas or self.zone)
