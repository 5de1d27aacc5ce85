"""The limits that hold for a question, and whether it is within them; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import asdict

from bot.storage.limits import AtLimit, Limits
from bot.storage.standing import Scope, Standing, Sum

if TYPE_CHECKING:
    from bot.storage.rules import Rules
    from bot.storage.use import Use

NEARLY: Final = 0.8  # of a limit: whom it concerns is told
MINUTE: Final = timedelta(minutes=1)


class Whose(StrEnum):
    PERSON = "person"
    SERVER = "server"
    ALL = "all"


class Bound(msgspec.Struct, frozen=True):
    """The limits of a person, a server or all of them, and what they have used so far of what."""

    whose: Whose
    scope: Scope
    limits: Limits
    zone: tzinfo = UTC
    at_limit: AtLimit = AtLimit.NOBODY


class Reached(msgspec.Struct, frozen=True):
    """A limit that a question may not pass, and when it resets.

    ``is_busy``: others that are being answered may use up what is left.
    """

    bound: Bound
    name: str
    resets_at: datetime
    is_busy: bool = False


class Near(msgspec.Struct, frozen=True):
    """A limit that is used to such a part."""

    bound: Bound
    name: str
    part: float


class Mode(StrEnum):
    """The measure of a question: whether the last one may pass a limit, which nobody foresees."""

    STRICT = "strict"  # it must fit
    LAST = "last"  # or be the only one, as long as something is left
    SPARED = "spared"  # a local model: only the minute counts


def for_person(rules: Rules, roles: Collection[int]) -> Limits:
    """Return the limits of a person: the most generous of their roles, and else everybody's."""
    held = [asdict(each.limits) for each in rules.limits_roles if each.role_id in roles]
    if not held:
        return rules.limits_person
    general = asdict(rules.limits_person)
    found = {
        name: max((own[name] for own in held if own[name] is not None), default=general[name])
        for name in general
    }
    return Limits(**found)


def reached(
    bounds: Sequence[Bound],
    standings: Sequence[Standing],
    estimate: Use,
    now: datetime,
    mode: Mode = Mode.LAST,
) -> list[Reached]:
    """Return the limits that a question would pass. Where nobody may answer, nothing is spared."""
    return [
        Reached(bound, name, resets_at(name, bound, standing, now), is_busy)
        for bound, standing in zip(bounds, standings, strict=True)
        for name, is_busy in _passed(bound.limits, standing, estimate, _mode_of(bound, mode))
    ]


def _mode_of(bound: Bound, mode: Mode) -> Mode:
    is_firm = mode is Mode.SPARED and bound.at_limit is AtLimit.NOBODY
    return Mode.LAST if is_firm else mode


def _passed(
    limits: Limits, standing: Standing, estimate: Use, mode: Mode
) -> Iterator[tuple[str, bool]]:
    """Yield the limits that are passed, and whether only by what is being answered."""
    if limits.questions_minute is not None and standing.minute >= limits.questions_minute:
        yield "questions_minute", False
    if mode is Mode.SPARED:
        return
    wanted = Sum(1, estimate.input_tokens + estimate.output_tokens, estimate.cost or 0)
    for name, limit in asdict(limits).items():
        what, _, period = name.rpartition("_")
        if limit is None or period == "minute":
            continue
        used = _amount(getattr(standing, period), what)
        being_used, more = _amount(standing.open, what), _amount(wanted, what)
        if more == 0 or used + being_used + more <= limit:
            continue
        may_be_last = mode is Mode.LAST and what != "questions" and standing.open.questions == 0
        if used >= limit or not may_be_last:
            yield name, what != "questions" and used < limit


def near(bounds: Sequence[Bound], standings: Sequence[Standing]) -> Iterator[Near]:
    """Yield the limits of days and months that are nearly reached, or reached."""
    for bound, standing in zip(bounds, standings, strict=True):
        for name, limit in asdict(bound.limits).items():
            what, _, period = name.rpartition("_")
            if limit is None or period == "minute":
                continue
            used = _amount(getattr(standing, period), what)
            if used >= limit * NEARLY:
                yield Near(bound, name, used / limit)


def used(name: str, standing: Standing) -> int:
    """Return what is used of a limit."""
    what, _, period = name.rpartition("_")
    return standing.minute if period == "minute" else _amount(getattr(standing, period), what)


def resets_at(name: str, bound: Bound, standing: Standing, now: datetime) -> datetime:
    """Return when a limit resets: a day or a month on the clock of whoever it is for."""
    if name.endswith("minute"):
        first = datetime.fromtimestamp(standing.since_us / 1e6, UTC) if standing.since_us else now
        return first + MINUTE
    today = now.astimezone(bound.zone).date()
    next_month = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    day = next_month if name.endswith("month") else today + timedelta(days=1)
    return datetime.combine(day, time(), bound.zone)


def _amount(total: Sum, what: str) -> int:
    return int(getattr(total, what))
