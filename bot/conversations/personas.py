"""Personas: who may set one where, and which one speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from bot.conversations import texts
from bot.errors import Refused
from bot.storage.persona import Persona, Scope
from bot.text.formatting import inline_code, on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.storage.personas import Personas

NAME_LIMIT, PROMPT_LIMIT = 64, 1500  # shown in one message
LISTED = 18


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """The place where a person uses a command, and their rights there.

    ``parent_id`` is the channel of a thread, 0 elsewhere; ``is_theirs`` if they started it, or if
    it is their direct messages with the bot.
    """

    channel_id: int
    guild_id: int | None = None
    parent_id: int = 0
    is_theirs: bool = False
    manages_server: bool = False
    manages_channels: bool = False

    @property
    def usual(self) -> Scope:
        """The scope of a persona if nothing else is said."""
        is_conversation = self.parent_id or self.guild_id is None
        return Scope.CONVERSATION if is_conversation else Scope.CHANNEL

    def place_of(self, scope: Scope) -> int:
        """Return the id of the place that a scope means here. Raise Refused if there is none."""
        if scope is Scope.CONVERSATION:
            if self.usual is not Scope.CONVERSATION:
                raise Refused(texts.NO_CONVERSATION)
            return self.channel_id
        if self.guild_id is None:
            raise Refused(texts.ONLY_DIRECT)
        return self.guild_id if scope is Scope.SERVER else self.parent_id or self.channel_id

    def permit(self, scope: Scope) -> None:
        """Raise Refused if the person may not set a persona there."""
        may_here = self.manages_channels or self.manages_server
        if scope is Scope.CONVERSATION:
            may_here = may_here or self.is_theirs
        if not (self.manages_server if scope is Scope.SERVER else may_here):
            raise Refused(texts.NEEDS[scope])


async def choose(
    personas: Personas, spot: Spot, scope: Scope, name: str, prompt: str, known: list[Persona]
) -> str:
    """Set a persona, and return a sentence. Without a prompt, ``known`` ones are looked up.

    Raise Refused, DatabaseUnavailable, or InvalidValue.
    """
    place_id = spot.place_of(scope)
    spot.permit(scope)
    name = on_one_line(name)[:NAME_LIMIT].strip()
    if not name:
        raise Refused(texts.NO_NAME)
    prompt = prompt.strip() or _prompt_of(name, known)
    await personas.choose(Persona(scope, place_id, spot.guild_id, name, prompt))
    return texts.SPEAKS[scope].format(name=inline_code(name))


def _prompt_of(name: str, known: list[Persona]) -> str:
    for persona in known:
        if persona.name.casefold() == name.casefold():
            return persona.prompt
    raise Refused(texts.NO_PROMPT.format(name=inline_code(name)))


async def clear(personas: Personas, spot: Spot, scope: Scope) -> str:
    """Remove a persona, and return a sentence. Raise Refused or DatabaseUnavailable."""
    place_id = spot.place_of(scope)
    spot.permit(scope)
    was_there = await personas.clear(scope, place_id)
    return (texts.CLEARED if was_there else texts.NOTHING_TO_CLEAR)[scope]


async def visible(personas: Personas, spot: Spot, may_see: Callable[[int], bool]) -> list[Persona]:
    """Return the personas here, or all of a server of which the person sees the place."""
    here = await personas.at(spot.channel_id, spot.guild_id, spot.parent_id)
    if spot.guild_id is None:
        return here
    found = await personas.in_server(spot.guild_id)
    return [p for p in found if p in here or p.scope is Scope.SERVER or may_see(p.place_id)]


def shown(here: list[Persona], built_in: str) -> str:
    """Return what speaks here: the nearest persona, or the built-in one."""
    if not here:
        return f"{texts.BUILT_IN}\n{_block(built_in)}"
    first, *others = here
    name, where = inline_code(first.name), texts.WHERE[first.scope]
    lines = [texts.SPEAKS_HERE.format(name=name, where=where), _block(first.prompt)]
    lines += [
        texts.BEHIND.format(name=inline_code(other.name), where=texts.WHERE[other.scope])
        for other in others
    ]
    return "\n".join(lines)


def listed(found: list[Persona]) -> str:
    """Return one line for each persona."""
    if not found:
        return texts.NO_PERSONAS
    lines = [texts.LISTED.format(name=inline_code(p.name), where=_where(p)) for p in found[:LISTED]]
    if len(found) > LISTED:
        lines.append(texts.MORE_PERSONAS.format(count=len(found) - LISTED))
    return "\n".join([*lines, texts.HOW_TO_REUSE])


def _where(persona: Persona) -> str:
    if persona.scope is Scope.SERVER or persona.guild_id is None:
        return texts.WHERE[persona.scope]
    return f"<#{persona.place_id}>"


def _block(prompt: str) -> str:
    """Return a prompt in a code block, which it cannot end."""
    text = prompt.replace("```", "'''")
    return f"```\n{text}\n```"
