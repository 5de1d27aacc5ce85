"""The base of the payloads of reminders and digests."""

from typing import Any, Self

import msgspec

from connectors.local_scheduler import Job, UnreadablePayload, payload_as


class Payload(msgspec.Struct, frozen=True, omit_defaults=True):
    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the payload of a row. Raises UnreadablePayload."""
        return payload_as(job, cls)

    @classmethod
    def try_of(cls, job: Job) -> Self | None:
        """Return the payload of a row, or None if it cannot be read."""
        try:
            return cls.of(job)
        except UnreadablePayload:
            return None

    def json(self) -> dict[str, Any]:
        return dict(msgspec.to_builtins(self))
