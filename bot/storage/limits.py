"""The limits on what people and servers use; values only."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """The most of each thing; None is no limit. ``cost`` is in millionths of a dollar."""

    questions_minute: int | None = None
    questions_day: int | None = None
    tokens_day: int | None = None
    tokens_month: int | None = None
    cost_day: int | None = None
    cost_month: int | None = None


NO_LIMITS = Limits()


class RoleLimits(msgspec.Struct, frozen=True):
    """The limits of each person with a role, in the place of those of everybody."""

    role_id: int
    limits: Limits


class AtLimit(StrEnum):
    """The model that answers once a limit of a day or a month is reached."""

    NOBODY = "nobody"
    LOCAL = "local"
    CHEAPER = "cheaper"  # a cheaper model that fits, and else a local one


class OperatorLimits(msgspec.Struct, frozen=True):
    """The limits of all servers and people together, and of each person outside of servers."""

    everywhere: Limits = NO_LIMITS
    person: Limits = NO_LIMITS
    at_limit: AtLimit = AtLimit.NOBODY


UNLIMITED = OperatorLimits()
