"""Checks of what Discord knows of the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from bot.command_sync import BY_PEOPLE, allowed, to_register
from bot.doctor import texts
from bot.doctor.finding import Finding
from bot.doctor.permissions import install_url, invite_url, missing
from bot.text.formatting import counted, on_one_line
from connectors import ConnectorError
from connectors.discord import Application, DiscordRest

# Below this, the whole seconds of the header and the time under way say nothing.
CLOCK_MARGIN_S = 5.0
MOST_LISTED = 200


class DiscordChecks:
    """Looks at Discord with a token; all checks rest on one request for the application."""

    def __init__(self, rest: DiscordRest) -> None:
        self._rest = rest
        self._asked: asyncio.Task[Application] | None = None

    async def _application(self) -> Application:
        if self._asked is None:
            self._asked = asyncio.create_task(self._rest.current_application())
        return await asyncio.shield(self._asked)

    def close(self) -> None:
        """Stop asking."""
        if self._asked is not None:
            self._asked.cancel()

    async def token(self) -> Finding:
        try:
            await self._application()
        except ConnectorError as error:
            if error.reason == "auth":
                return Finding(texts.TOKEN, texts.REFUSED, texts.GET_ONE, is_fatal=True)
            said = texts.NOT_ASKED.format(why=error.summary)
            return Finding(texts.TOKEN, said, texts.CHECK_NETWORK)
        return Finding(texts.TOKEN, texts.ACCEPTED)

    async def application(self) -> Finding:
        found = await self._application()
        said = texts.APPLICATION_IS.format(name=on_one_line(found.name), id=found.id)
        return Finding(texts.APPLICATION, said)

    async def servers(self) -> Finding:
        url = invite_url((await self._application()).id)
        guilds = await self._rest.current_user_guilds(limit=MOST_LISTED)
        if not guilds:
            return Finding(texts.SERVERS, texts.IN_NO_SERVER, texts.INVITE.format(url=url))
        at_least = "at least " if len(guilds) == MOST_LISTED else ""
        said = texts.IN_SERVERS.format(servers=at_least + counted(len(guilds), "server"))
        # Others may be restricted on purpose, but not all of them.
        lacked = set.intersection(*(set(missing(guild.permissions)) for guild in guilds))
        if not lacked:
            return Finding(texts.SERVERS, said)
        said += texts.WITHOUT.format(permissions=", ".join(sorted(lacked)))
        return Finding(texts.SERVERS, said, texts.INVITE_AGAIN.format(url=url))

    async def installs(self) -> Finding:
        found = await self._application()
        return installs(_installs_of(found), found.id)

    async def intents(self) -> Finding:
        return intents((await self._application()).may_read_content)

    async def commands(self, ours: Sequence[Any]) -> Finding:
        found = await self._application()
        theirs = await self._rest.command_objects(found.id)
        if not theirs:
            return Finding(texts.COMMANDS, texts.COMMANDS_ABSENT, texts.REGISTER)
        if to_register(allowed(ours, _installs_of(found)), theirs) is not None:
            return Finding(texts.COMMANDS, texts.COMMANDS_DIFFER, texts.REGISTER_AGAIN)
        said = texts.COMMANDS_REGISTERED.format(commands=counted(len(ours), "command"))
        return Finding(texts.COMMANDS, said)

    async def clock(self) -> Finding:
        await self._application()
        ahead_s = self._rest.clock_ahead_s or 0.0
        if abs(ahead_s) <= CLOCK_MARGIN_S:
            return Finding(texts.CLOCK, texts.CLOCK_RIGHT)
        is_ahead = ahead_s > 0
        direction = texts.AHEAD if is_ahead else texts.BEHIND
        said = texts.CLOCK_WRONG.format(seconds=abs(ahead_s), direction=direction)
        to_do = texts.SET_CLOCK.format(late=texts.EARLY if is_ahead else texts.LATE)
        return Finding(texts.CLOCK, said, to_do)


def _installs_of(application: Application) -> list[int]:
    return [int(kind) for kind in application.integration_types_config]


def installs(kinds: Collection[int], application_id: int | str) -> Finding:
    """Return whether people can install the bot for themselves; no kinds if that is not known."""
    if kinds and BY_PEOPLE not in kinds:
        return Finding(texts.INSTALLS, texts.ONLY_IN_SERVERS)
    said = texts.BY_PEOPLE.format(url=install_url(application_id))
    return Finding(texts.INSTALLS, said)


def intents(may_read_content: bool) -> Finding:
    said = texts.CONTENT_GRANTED if may_read_content else texts.CONTENT_ABSENT
    return Finding(texts.INTENTS, said)
