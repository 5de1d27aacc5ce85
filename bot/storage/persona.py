"""A persona, and where it applies."""

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """The scopes of personas; the narrowest stands first and wins."""

    CONVERSATION = "conversation"  # a thread, or direct messages
    CHANNEL = "channel"
    SERVER = "server"


class Persona(msgspec.Struct, frozen=True):
    """A system prompt with a name; ``place_id`` is the server's, channel's or thread's."""

    scope: Scope
    place_id: int
    guild_id: int | None
    name: str
    prompt: str
