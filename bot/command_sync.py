"""Comparison of the commands that Discord has with ours."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

# Discord's own command of an app with Activities; no bulk overwrite may leave it out (50240).
ENTRY_POINT = 4
BY_PEOPLE = 1  # the kind of installation that is not in a server
ELSEWHERE = 2  # the context of direct messages with others than the bot
_OF_DISCORD = {"application_id", "guild_id", "version", "dm_permission"}


def allowed(commands: Sequence[Any], installs: Collection[int]) -> list[Any]:
    """Return the commands as far as the developer portal allows these kinds of installation.

    None means that they are not known. Discord refuses what is not allowed. Source:
    interactions/application-commands, "Contexts".
    """
    if not installs:
        return list(commands)
    return [
        _restricted(command, installs)
        for command in commands
        if set(command["integration_types"]) & set(installs)
    ]


def _restricted(command: Mapping[str, Any], installs: Collection[int]) -> dict[str, Any]:
    types = [kind for kind in command["integration_types"] if kind in installs]
    contexts = command["contexts"]
    if BY_PEOPLE not in types:
        contexts = [context for context in contexts if context != ELSEWHERE]
    return {**command, "integration_types": types, "contexts": contexts}


def to_register(want: Sequence[Any], have: Sequence[Any]) -> list[Any] | None:
    """Return the commands to replace Discord's with, or None if it has exactly ours.

    An entry point command is kept; other commands that are not ours are dropped.
    """
    kept = [command for command in have if command.get("type") == ENTRY_POINT]
    if _are_same(want, [command for command in have if command not in kept]):
        return None
    return [*want, *({k: v for k, v in c.items() if k not in _OF_DISCORD} for c in kept)]


def _are_same(want: Sequence[Any], have: Sequence[Any]) -> bool:
    """Return whether Discord has exactly these commands; fields that it adds do not count."""
    if len(want) != len(have):
        return False
    by_name = {(command.get("type", 1), command["name"]): command for command in have}
    return all(
        _covers(by_name.get((command["type"], command["name"])), command) for command in want
    )


def _covers(have: Any, want: Any) -> bool:
    if isinstance(want, dict):
        have = have if isinstance(have, dict) else {}
        return all(_covers(have.get(key), value) for key, value in want.items())
    if isinstance(want, list) and all(isinstance(item, dict) for item in want):
        have = have or []
        return len(have) == len(want) and all(map(_covers, have, want))
    if isinstance(want, list):
        return sorted(want) == sorted(have or [])
    return bool(have == want) or (have is None and not want)
