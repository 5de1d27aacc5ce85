"""Servers, their channels, members and roles."""

from connectors.discord.objects import Channel, Guild, Member, Role
from connectors.discord.routes import Id, Query, route
from connectors.discord.sending import Resource

GUILD = "/guilds/{guild_id}"
MEMBER = GUILD + "/members/{user_id}"
MEMBER_ROLE = MEMBER + "/roles/{role_id}"


class Guilds(Resource):
    """``/guilds``."""

    async def guild(self, guild_id: Id, *, with_counts: bool = False) -> Guild:
        """Return a server with its roles; ``with_counts`` adds approximate member counts."""
        query = {"with_counts": True if with_counts else None}
        return await self._get_shared(Guild, route("GET", GUILD, guild_id, query=query))

    async def guild_channels(self, guild_id: Id) -> list[Channel]:
        """Return the channels of a server, without threads."""
        return await self._get(list[Channel], route("GET", GUILD + "/channels", guild_id))

    async def channel_of(self, guild_id: Id, channel_id: Id) -> Channel:
        """Return a channel of a server, or a thread.

        In the background, while requests wait for the global limit, all channels are asked for
        together, as those who come next need others of them.
        """
        if self._is_background and self._sender.global_limit.is_short:
            path = route("GET", GUILD + "/channels", guild_id)
            channels = await self._get_shared(list[Channel], path)
            if found := [channel for channel in channels if channel.id == str(channel_id)]:
                return found[0]
        return await self._get_shared(Channel, route("GET", "/channels/{channel_id}", channel_id))

    async def roles(self, guild_id: Id) -> list[Role]:
        return await self._get(list[Role], route("GET", GUILD + "/roles", guild_id))

    async def role(self, guild_id: Id, role_id: Id) -> Role:
        path = route("GET", GUILD + "/roles/{role_id}", guild_id, role_id)
        return await self._get(Role, path)

    async def member(self, guild_id: Id, user_id: Id) -> Member:
        """Return one member. Raise ApiRequestFailed (code 10007) if the user is none."""
        return await self._get_shared(Member, route("GET", MEMBER, guild_id, user_id))

    async def members(
        self, guild_id: Id, *, after: Id | None = None, limit: int = 100
    ) -> list[Member]:
        """Return at most ``limit`` (1-1,000) members with ids above ``after``.

        The bot needs the server members intent.
        """
        query = {"limit": limit, "after": after}
        path = route("GET", GUILD + "/members", guild_id, query=query)
        return await self._get(list[Member], path)

    async def search_members(self, guild_id: Id, query: str, *, limit: int = 25) -> list[Member]:
        """Return at most ``limit`` (1-1,000) members whose name starts with ``query``."""
        asked: Query = {"query": query, "limit": limit}
        path = route("GET", GUILD + "/members/search", guild_id, query=asked)
        return await self._get(list[Member], path)

    async def add_member_role(self, guild_id: Id, user_id: Id, role_id: Id) -> None:
        await self._send(route("PUT", MEMBER_ROLE, guild_id, user_id, role_id))

    async def remove_member_role(self, guild_id: Id, user_id: Id, role_id: Id) -> None:
        await self._send(route("DELETE", MEMBER_ROLE, guild_id, user_id, role_id))
