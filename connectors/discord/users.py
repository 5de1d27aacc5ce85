"""Users: the bot itself with its servers, others, and direct messages."""

from connectors.discord.codes import UNKNOWN_GUILD
from connectors.discord.objects import Application, Channel, OwnGuild, User
from connectors.discord.routes import Id, route
from connectors.discord.sending import Resource

ME = "/users/@me"


class Users(Resource):
    """``/users``."""

    async def current_user(self) -> User:
        return await self._get(User, route("GET", ME))

    async def current_application(self) -> Application:
        # The older path of the same: discord.py asks for it, and proxies know it.
        return await self._get(Application, route("GET", "/oauth2/applications/@me"))

    async def user(self, user_id: Id) -> User:
        """Return a user. Raise ApiRequestFailed (code 10013) if there is none."""
        return await self._get(User, route("GET", "/users/{user_id}", user_id))

    async def current_user_guilds(
        self, *, before: Id | None = None, after: Id | None = None, limit: int = 200
    ) -> list[OwnGuild]:
        """Return at most ``limit`` (1-200) servers of the bot, by id."""
        query = {"before": before, "after": after, "limit": limit}
        return await self._get(list[OwnGuild], route("GET", ME + "/guilds", query=query))

    async def leave_guild(self, guild_id: Id) -> None:
        """Leave a server. One that the bot is not in is no error."""
        template = ME + "/guilds/{guild_id}"
        await self._send(route("DELETE", template, guild_id, done_code=UNKNOWN_GUILD))

    async def create_dm(self, user_id: Id) -> int:
        """Return the id of the DM channel with a user; each call returns the same."""
        path = route("POST", ME + "/channels", is_repeatable=True)
        return int((await self._get(Channel, path, {"recipient_id": str(user_id)})).id)
