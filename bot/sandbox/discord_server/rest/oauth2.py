"""The OAuth2 endpoint that exchanges codes and refresh tokens."""

import base64

from bot.sandbox.discord_server.objects import JSON
from bot.sandbox.discord_server.rest.call import Call, Reply, Route


def token(call: Call) -> JSON | Reply:
    grants = call.core.grants
    pair = f"{grants.client_id}:{grants.client_secret}"
    if call.authorization != f"Basic {base64.b64encode(pair.encode()).decode()}":
        return Reply(401, {"error": "invalid_client"})
    form = call.form
    match form.get("grant_type"):
        case "authorization_code":
            given = grants.exchange(form.get("code", ""), form.get("redirect_uri", ""))
            wrong = 'Invalid "code" in request.'
        case "refresh_token":
            given = grants.refresh(form.get("refresh_token", ""))
            wrong = 'Invalid "refresh_token" in request.'
        case _:
            return Reply(400, {"error": "unsupported_grant_type"})
    return given or Reply(400, {"error": "invalid_grant", "error_description": wrong})


ROUTES = [Route("POST", "/oauth2/token", token, needs_token=False)]
