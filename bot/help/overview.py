"""An overview of the bot for one person in one place, as one message; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot.help import texts

# In a command's extras: it is of use only to who runs the bot or manages the server.
FOR_MANAGERS = "for managers and owners"
# Of no use to who may not ask, and in their own list.
ASKING, OURSELVES = ("ask", "Ask about this"), "help"
SLASH, ON_MESSAGE = 1, 3
SUB_COMMAND, SUB_COMMAND_GROUP = 1, 2


class Place(msgspec.Struct, frozen=True):
    """A place, and what a person and the bot may do there.

    ``context`` is Discord's: 0 a server, 1 the bot's direct messages, 2 those of others. ``held``
    are the person's permissions. ``lacks`` names the permissions that the bot has not; ``refusal``
    says why the person may not ask there, if so.
    """

    context: int
    held: int
    is_manager: bool = False
    is_member: bool = True
    lacks: Sequence[str] = ()
    refusal: str = ""
    keeps: bool = True


class About(msgspec.Struct, frozen=True):
    """The model that a person's questions go to, their time zone, and what its clocks show.

    ``zone`` is empty if none is set, and None if it cannot be looked up. ``is_servers``: the person
    has set none, but the server has.
    """

    goes_to: str
    zone: str | None = None
    now: str = ""
    is_servers: bool = False


class Commands(msgspec.Struct, frozen=True):
    """Our commands as Discord's JSON objects, their ids, and those for managers only."""

    objects: Sequence[Mapping[str, Any]]
    ids: Mapping[str, int]
    for_managers: Sequence[str] = ()

    def usable(self, place: Place, kind: int) -> list[Mapping[str, Any]]:
        """Return the commands of a kind that a person can use in a place."""
        return [
            command
            for command in self.objects
            if command["type"] == kind and _is_usable(command, place)
            if place.is_manager or command["name"] not in self.for_managers
            if not (command["name"] == OURSELVES or (place.refusal and command["name"] in ASKING))
        ]

    def mention(self, name: str) -> str:
        """Return a command as what can be clicked, if its id is known."""
        command_id = self.ids.get(name.split(" ")[0])
        return f"</{name}:{command_id}>" if command_id else f"`/{name}`"


def overview(commands: Commands, place: Place, about: About) -> str:
    """Return what the bot can do, for this person in this place."""
    slash = commands.usable(place, SLASH)
    lines = [texts.TITLE, *(_line(commands, command) for command in slash)]
    if menus := [command["name"] for command in commands.usable(place, ON_MESSAGE)]:
        lines.append(texts.MENUS.format(names=", ".join(f"*{name}*" for name in menus)))
    lines += [*_talk(place), "", *(f"-# {line}" for line in _about(commands, place, about))]
    return "\n".join(lines)


def _is_usable(command: Mapping[str, Any], place: Place) -> bool:
    contexts, kinds = command.get("contexts"), command.get("integration_types")
    if contexts is not None and place.context not in contexts:
        return False
    if kinds is not None and not place.is_member and kinds == [0]:
        return False
    needed = int(command.get("default_member_permissions") or 0)
    return place.context != 0 or place.held & needed == needed


def _line(commands: Commands, command: Mapping[str, Any]) -> str:
    # Of a group only the first is written out: each takes forty characters.
    first, *others = _names(command)
    mention = commands.mention(first)
    if others:
        below = ", ".join(dict.fromkeys(name.split(" ")[1] for name in others))
        mention = texts.AND_OTHERS.format(mention=mention, others=below)
    return texts.LINE.format(mention=mention, description=command["description"])


def _names(command: Mapping[str, Any]) -> list[str]:
    """Return the names to type: a group has those of its commands only."""
    name, options = command["name"], command.get("options") or ()
    subs = [o for o in options if o["type"] in (SUB_COMMAND, SUB_COMMAND_GROUP)]
    return [f"{name} {below}" for sub in subs for below in _names(sub)] or [name]


def _talk(place: Place) -> list[str]:
    if place.refusal:
        return [place.refusal]
    if not place.is_member:
        return [texts.NO_MEMBER]
    return [texts.TALK_IN_DM if place.context == 1 else texts.TALK]


def _about(commands: Commands, place: Place, about: About) -> list[str]:
    model = texts.CHANGE_MODEL.format(change=commands.mention("model"))
    lines = [f"{about.goes_to} {model}"]
    if about.zone is not None:
        form = texts.SERVER_ZONE if about.is_servers else texts.ZONE
        form, change = form if about.zone else texts.NO_ZONE, commands.mention("timezone")
        lines.append(form.format(zone=about.zone, now=about.now, change=change))
    if place.lacks and place.is_member:
        lines.append(texts.LACKS.format(permissions=", ".join(place.lacks)))
    return lines if place.keeps else [*lines, texts.NOTHING_KEPT]
