"""The share of one process in Discord's global limit, as it is stored."""

from __future__ import annotations

from typing import Final

import msgspec

# A process that was not seen for so long has no share any more.
LEASE_US: Final = 7_500_000


class Holding(msgspec.Struct, frozen=True):
    """The requests that a process may have sent in the last second, and how many it wants to."""

    name: str
    share: float
    wanted: float
