"""Timeouts of one request."""

import msgspec


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds to wait for a connection, for the first byte of a reply, between reads, and for all.

    ``whole_s`` bounds what a server can hold open by sending a byte now and then.
    """

    connect_s: float = 10.0
    first_byte_s: float = 120.0
    between_s: float = 60.0
    whole_s: float = 86_400.0
