"""Payloads that only the gateway sends."""

from collections.abc import Sequence

from bot.sandbox.discord_server.objects import JSON, Guild, User
from bot.sandbox.discord_server.world.render import member_json, user_json


def ready_json(bot: User, guilds: Sequence[Guild], flags: int = 0) -> JSON:
    """Return READY without the fields of one session; ``flags`` are the application's."""
    return {
        "v": 10,
        "user": user_json(bot) | {"verified": True, "mfa_enabled": False, "email": None},
        "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
        "session_type": "normal",
        "application": {"id": str(bot.id), "flags": flags},
        "private_channels": [],
        "_trace": [],
    }


def members_chunk_json(guild: Guild, asked: JSON) -> JSON:
    """Return the members that op 8 asks for, by ids or by the start of a name."""
    wanted = asked.get("user_ids")
    wanted = {str(wanted)} if isinstance(wanted, str | int) else set(map(str, wanted or ()))
    query = str(asked.get("query") or "").lower()
    found = [
        member_json(member)
        for member in guild.members.values()
        if (not wanted or str(member.user.id) in wanted)
        and member.user.username.lower().startswith(query)
    ]
    chunk: JSON = {"chunk_index": 0, "chunk_count": 1, "not_found": [], "nonce": asked.get("nonce")}
    return {"guild_id": str(guild.id), "members": found, **chunk}
