"""The limits of a server in /settings: as they are, and as they are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from bot.limits.grammar import read
from bot.limits.wording import written
from bot.rules import texts
from bot.storage.limits import NO_LIMITS, RoleLimits

if TYPE_CHECKING:
    from bot.storage.rules import Rules


def in_words(rules: Rules, gone: Collection[int]) -> dict[str, list[str]]:
    """Return the limits that there are, by the names of their rules."""
    person, server = written(rules.limits_person), written(rules.limits_server)
    return {
        "limits_person": [person] if person else [],
        "limits_roles": [_of_role(each, gone) for each in rules.limits_roles],
        "limits_server": [server] if server else [],
    }


def changed(rules: Rules, typed: str, role_id: int | None, *, together: bool) -> dict[str, object]:
    """Return the rule that a person has written. Raise Refused if it is not understood."""
    limits = read(typed)
    if role_id is not None:
        return {"limits_roles": _with(rules.limits_roles, RoleLimits(role_id, limits))}
    return {"limits_server" if together else "limits_person": limits}


def _with(limits: Sequence[RoleLimits], new: RoleLimits) -> tuple[RoleLimits, ...]:
    others = tuple(each for each in limits if each.role_id != new.role_id)
    return others if new.limits == NO_LIMITS else (*others, new)


def _of_role(each: RoleLimits, gone: Collection[int]) -> str:
    form = texts.LIMITS_OF_GONE if each.role_id in gone else texts.LIMITS_OF_ROLE
    return form.format(role=each.role_id, gone=texts.GONE, limits=written(each.limits))
