"""The rights of people by a server's rules; pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import msgspec

from bot.rules import texts

if TYPE_CHECKING:
    from bot.storage.rules import Rules


class Asker(msgspec.Struct, frozen=True):
    """A person's roles, @everyone included, and a channel with all that it stands in."""

    roles: frozenset[int]
    places: frozenset[int]


def restricts(rules: Rules) -> bool:
    """Return whether anybody may not ask somewhere."""
    channels = rules.channels_allowed or rules.channels_denied
    return bool(channels or rules.roles_allowed or rules.roles_denied)


def refusal(rules: Rules, asker: Asker) -> str:
    """Return why somebody may not ask there, or ""."""
    if not is_allowed(asker.places, rules.channels_allowed, rules.channels_denied):
        return texts.NOT_HERE
    if not is_allowed(asker.roles, rules.roles_allowed, rules.roles_denied):
        return texts.NOT_YOU
    return ""


def is_allowed(held: Collection[int], allowed: Collection[int], denied: Collection[int]) -> bool:
    """Return whether none of these is denied, and one is allowed if only some are."""
    own = set(held)
    return own.isdisjoint(denied) and not (allowed and own.isdisjoint(allowed))
