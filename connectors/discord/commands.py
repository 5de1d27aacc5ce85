"""Application commands: global ones, or those of one server if a guild_id is given."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.discord.codes import UNKNOWN_COMMAND
from connectors.discord.objects import Command
from connectors.discord.routes import Id, Route, route
from connectors.discord.sending import Resource


class Commands(Resource):
    """``/applications/…/commands``. Commands are passed as Discord's JSON objects."""

    async def commands(self, application_id: Id, *, guild_id: Id | None = None) -> list[Command]:
        return await self._get(list[Command], _route("GET", application_id, guild_id))

    async def command_objects(self, application_id: Id) -> list[dict[str, Any]]:
        """Return the global commands with all fields, as Discord's JSON objects."""
        return await self._get(list[dict[str, Any]], _route("GET", application_id, None))

    async def command(
        self, application_id: Id, command_id: Id, *, guild_id: Id | None = None
    ) -> Command:
        return await self._get(Command, _route("GET", application_id, guild_id, command_id))

    async def create_command(
        self, application_id: Id, command: Mapping[str, Any], *, guild_id: Id | None = None
    ) -> Command:
        """Create a command, or replace the one of that name and type. The limit is 200 a day."""
        return await self._get(Command, _route("POST", application_id, guild_id), command)

    async def edit_command(
        self,
        application_id: Id,
        command_id: Id,
        command: Mapping[str, Any],
        *,
        guild_id: Id | None = None,
    ) -> Command:
        """Edit a command: the fields that are given change, the others stay."""
        path = _route("PATCH", application_id, guild_id, command_id)
        return await self._get(Command, path, command)

    async def delete_command(
        self, application_id: Id, command_id: Id, *, guild_id: Id | None = None
    ) -> None:
        await self._send(_route("DELETE", application_id, guild_id, command_id))

    async def set_commands(
        self,
        application_id: Id,
        commands: Sequence[Mapping[str, Any]],
        *,
        guild_id: Id | None = None,
    ) -> list[Command]:
        """Overwrite all global commands, or all commands of one server."""
        path = _route("PUT", application_id, guild_id)
        return await self._get(list[Command], path, list(commands))


def _route(method: str, application_id: Id, guild_id: Id | None, *command_id: Id) -> Route:
    template, ids = "/applications/{application_id}", [application_id]
    if guild_id is not None:
        template, ids = template + "/guilds/{guild_id}", [application_id, guild_id]
    template += "/commands/{command_id}" if command_id else "/commands"
    return route(
        method,
        template,
        *ids,
        *command_id,
        # A command is identified by its name, so a second request changes nothing.
        is_repeatable=True,
        done_code=UNKNOWN_COMMAND if method == "DELETE" else None,
    )
