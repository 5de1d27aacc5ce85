"""Guilds, members, roles and users."""

from bot.sandbox.discord_server.objects import JSON, Guild, Member, Role
from bot.sandbox.discord_server.rest.call import Call, Route
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.intents import GUILD_MEMBERS, GUILDS
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.render import (
    channel_json,
    guild_json,
    member_json,
    role_json,
    user_json,
)


def get(call: Call) -> JSON:
    guild = call.guild()
    body = guild_json(guild)
    if call.query.get("with_counts") in ("1", "true"):
        count = len(guild.members)
        body |= {"approximate_member_count": count, "approximate_presence_count": count}
    return body


def channels(call: Call) -> list[JSON]:
    return [channel_json(c) for c in call.guild().channels.values() if not c.is_thread]


def roles(call: Call) -> list[JSON]:
    return [role_json(role) for role in call.guild().roles.values()]


def role(call: Call) -> JSON:
    return role_json(_role(call, call.guild()))


def _role(call: Call, guild: Guild) -> Role:
    found = guild.roles.get(call.id("role_id"))
    if found is None:
        raise DiscordError(10011)
    return found


def _member(call: Call, guild: Guild) -> Member:
    found = guild.members.get(call.id("user_id"))
    if found is None:
        raise DiscordError(10007)
    return found


def member(call: Call) -> JSON:
    return member_json(_member(call, call.guild()))


def members(call: Call) -> list[JSON]:
    limit, after = int(call.query.get("limit", "1")), int(call.query.get("after", "0"))
    found = sorted(call.guild().members.items())
    return [member_json(entry) for user_id, entry in found if user_id > after][:limit]


def search_members(call: Call) -> list[JSON]:
    query, limit = call.query.get("query", "").lower(), int(call.query.get("limit", "1"))
    found = [
        entry
        for entry in call.guild().members.values()
        if (entry.nick or entry.user.username).lower().startswith(query)
    ]
    return [member_json(entry) for entry in found[:limit]]


def edit_own_member(call: Call) -> JSON:
    guild = call.guild()
    p.require_in_guild(guild, call.bot, p.CHANGE_NICKNAME)
    own = guild.members[call.bot.id]
    own.nick = call.form.get("nick")
    _announce(call, guild, own)
    return member_json(own)


def add_role(call: Call) -> None:
    guild, entry, wanted = _role_change(call)
    if wanted not in entry.roles:
        entry.roles.append(wanted)
    _announce(call, guild, entry)


def remove_role(call: Call) -> None:
    guild, entry, wanted = _role_change(call)
    if wanted in entry.roles:
        entry.roles.remove(wanted)
    _announce(call, guild, entry)


def _role_change(call: Call) -> tuple[Guild, Member, Role]:
    guild = call.guild()
    p.require_in_guild(guild, call.bot, p.MANAGE_ROLES)
    return guild, _member(call, guild), _role(call, guild)


def _announce(call: Call, guild: Guild, entry: Member) -> None:
    call.world.tell(guild, "GUILD_MEMBER_UPDATE", member_json(entry), GUILD_MEMBERS)


def own_user(call: Call) -> JSON:
    return user_json(call.bot) | {"mfa_enabled": False, "locale": "en-US", "verified": True}


def own_guilds(call: Call) -> list[JSON]:
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner is call.bot,
            "permissions": str(p.guild_permissions(guild, call.bot)),
            "features": [],
        }
        for guild in call.world.guilds.values()
        if guild.has_bot
    ]


def leave_guild(call: Call) -> None:
    guild = call.guild()
    guild.has_bot = False
    guild.members.pop(call.bot.id, None)
    call.world.feed.dispatch(Event("GUILD_DELETE", {"id": str(guild.id)}, guild.id, GUILDS))
    call.world.feed.changed()


def user(call: Call) -> JSON:
    found = call.world.users.get(call.id("user_id"))
    if found is None:
        raise DiscordError(10013)
    return user_json(found)


GUILD = "/guilds/{guild_id}"
MEMBER = GUILD + "/members/{user_id}"

ROUTES = [
    Route("GET", GUILD, get),
    Route("GET", GUILD + "/channels", channels),
    Route("GET", GUILD + "/roles", roles),
    Route("GET", GUILD + "/roles/{role_id}", role),
    Route("GET", GUILD + "/members", members),
    Route("GET", GUILD + "/members/search", search_members),
    Route("PATCH", GUILD + "/members/@me", edit_own_member),
    Route("GET", MEMBER, member),
    Route("PUT", MEMBER + "/roles/{role_id}", add_role),
    Route("DELETE", MEMBER + "/roles/{role_id}", remove_role),
    Route("GET", "/users/@me", own_user),
    Route("GET", "/users/@me/guilds", own_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave_guild),
    Route("GET", "/users/{user_id}", user),
]
