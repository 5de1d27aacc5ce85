"""The application, its commands and the address of its gateway."""

from bot.sandbox.discord_server.objects import JSON
from bot.sandbox.discord_server.rest.call import Call, Reply, Route
from bot.sandbox.discord_server.rules.errors import DiscordError, form_error
from bot.sandbox.discord_server.rules.intents import granted_flags
from bot.sandbox.discord_server.world.render import user_json

# Fields that are the same for every application here.
DETAILS: JSON = {
    "icon": None,
    "description": "",
    "summary": "",
    "type": None,
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "0" * 64,
    "team": None,
    "redirect_uris": [],
    "interactions_endpoint_url": None,
    "role_connections_verification_url": None,
    "approximate_guild_count": 1,
    "approximate_user_install_count": 0,
    "approximate_user_authorization_count": 0,
    "explicit_content_filter": 0,
    "eligible_oauth2_scopes": [],
}


def gateway(call: Call) -> JSON:
    return {"url": call.core.gateway.url}


def gateway_bot(call: Call) -> JSON:
    part = call.core.gateway
    limit = {
        "total": part.session_starts,
        "remaining": max(0, part.session_starts - part.identifies),
        "reset_after": part.reset_after_ms,
        "max_concurrency": part.max_concurrency,
    }
    return {"url": part.url, "shards": part.shards, "session_start_limit": limit}


def application(call: Call) -> JSON:
    flags = granted_flags(call.core.gateway.privileged_intents)
    return DETAILS | {
        "id": str(call.world.application_id),
        "name": call.bot.username,
        "owner": user_json(call.world.owner),
        "bot": user_json(call.bot),
        "flags": flags,
        "flags_new": str(flags),
        "integration_types_config": {str(kind): {} for kind in call.core.commands.installs},
    }


def authorization(call: Call) -> JSON:
    return {
        "application": application(call),
        "expires": "2100-01-01T00:00:00+00:00",
        "scopes": ["bot", "applications.commands"],
        "user": user_json(call.bot),
    }


def voice_regions(_: Call) -> list[JSON]:
    region = {"id": "us-east", "name": "US East", "optimal": True}
    return [region | {"deprecated": False, "custom": False}]


def _scope(call: Call) -> int | None:
    """Return the id of the guild whose commands are meant, or None for the global ones."""
    if call.params["application_id"] != str(call.world.application_id):
        raise DiscordError(10002)
    if "guild_id" not in call.params:
        return None
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or not guild.has_bot:
        raise DiscordError(50001)
    return guild.id


def list_commands(call: Call) -> list[JSON]:
    return call.core.commands.all(_scope(call))


def put_commands(call: Call) -> list[JSON]:
    if not isinstance(call.body, list):
        raise form_error((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    stored = call.core.commands.put(_scope(call), call.body)
    _announce(call)
    return stored


def create_command(call: Call) -> Reply:
    command, is_new = call.core.commands.create(_scope(call), call.form)
    _announce(call)
    return Reply(201 if is_new else 200, command)


def get_command(call: Call) -> JSON:
    return call.core.commands.get(_scope(call), call.id("command_id"))


def edit_command(call: Call) -> JSON:
    command = call.core.commands.edit(_scope(call), call.id("command_id"), call.form)
    _announce(call)
    return command


def delete_command(call: Call) -> None:
    call.core.commands.delete(_scope(call), call.id("command_id"))
    _announce(call)


def _announce(call: Call) -> None:
    call.world.feed.publish({"type": "commands", "commands": call.core.commands.all(None)})


APPLICATION = "/applications/{application_id}"

ROUTES = [
    Route("GET", "/gateway", gateway, needs_token=False),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/applications/@me", application),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/oauth2/@me", authorization),
    Route("GET", "/voice/regions", voice_regions),
]
for place in (APPLICATION, APPLICATION + "/guilds/{guild_id}"):
    one = place + "/commands/{command_id}"
    ROUTES += [
        Route("GET", place + "/commands", list_commands),
        Route("PUT", place + "/commands", put_commands),
        Route("POST", place + "/commands", create_command),
        Route("GET", one, get_command),
        Route("PATCH", one, edit_command),
        Route("DELETE", one, delete_command),
    ]
