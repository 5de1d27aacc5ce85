"""The rules that a server sets for itself; values only."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from bot.storage.limits import NO_LIMITS, AtLimit, Limits, RoleLimits


class Model(msgspec.Struct, frozen=True):
    """A provider, and one of its models or None for its default."""

    provider: str
    model: str | None = None


class Rules(msgspec.Struct, frozen=True):
    """The rules of a server; each is as here until somebody changes it, and a row by its name.

    Who is not allowed anywhere may do nothing; where nobody is allowed by name, everybody is.
    ``retention_days`` of 0 remembers nothing, and None as long as the operator says. ``fallbacks``
    of None are the operator's. ``language`` is its name in English, for models. ``is_local_only``
    says that only local models may answer in the server, and ``local_channels`` in which of its
    channels and categories. ``limits_person`` are those of each person who has no role with others.
    """

    roles_allowed: tuple[int, ...] = ()
    roles_denied: tuple[int, ...] = ()
    channels_allowed: tuple[int, ...] = ()
    channels_denied: tuple[int, ...] = ()
    model: Model | None = None
    fallbacks: tuple[str, ...] | None = None
    shows_questions: bool = True
    opens_threads: bool = False
    answers_proxies: bool = False
    retention_days: int | None = None
    zone: str | None = None
    language: str | None = None
    reminder_roles: tuple[int, ...] = ()
    digest_roles: tuple[int, ...] = ()
    is_local_only: bool = False
    local_channels: tuple[int, ...] = ()
    limits_person: Limits = NO_LIMITS
    limits_roles: tuple[RoleLimits, ...] = ()
    limits_server: Limits = NO_LIMITS
    at_limit: AtLimit = AtLimit.NOBODY

    @property
    def keeps_local(self) -> bool:
        """True if only local models may answer in the server, or somewhere in it."""
        return self.is_local_only or bool(self.local_channels)


class Change(msgspec.Struct, frozen=True):
    """The last change of a rule. ``id`` is of the interaction that made it.

    ``undone`` is the id of the change that it undid.
    """

    id: int
    by: int
    at: datetime
    undone: int | None = None


DEFAULTS = Rules()
# Of a server whose rules could not be read yet, by a process that has reached no database so far.
# It is known by its identity: where there are local models, only they answer meanwhile.
UNKNOWN = Rules(is_local_only=True)
NAMES = Rules.__struct_fields__
LIMITS = ("limits_person", "limits_roles", "limits_server")
RESTRICTIONS = ("roles_allowed", "roles_denied", "channels_allowed", "channels_denied")
LOCALITY = ("is_local_only", "local_channels")
NOBODY = (0,)  # no role has this id
UNDO_WITHIN = timedelta(minutes=10)


# Returns the rules of a server, by its id.
RulesOf = Callable[[int | None], Awaitable[Rules]]


async def no_rules(_guild_id: int | None) -> Rules:
    return DEFAULTS


def zone_of(rules: Rules) -> ZoneInfo | None:
    """Return the time zone of a server, if it has one that this machine knows."""
    with suppress(ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(rules.zone) if rules.zone else None
    return None
