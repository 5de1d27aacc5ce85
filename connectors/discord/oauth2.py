"""OAuth2: the authorization page, and the tokens that follow."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

import msgspec

from connectors.discord.bodies import Payload
from connectors.discord.config import CLIENT_ID_ENV, CLIENT_SECRET_ENV, Config
from connectors.discord.failures import decode
from connectors.discord.routes import API_URL, PROVIDER, Id, route
from connectors.discord.sending import Sender
from connectors.secret import Secret
from connectors.shared import MissingApiKey, refuse_bare_string

if TYPE_CHECKING:
    from connectors.http.transport import Transport

AUTHORIZE_URL = "https://discord.com/oauth2/authorize"
FORM = "application/x-www-form-urlencoded"


def authorize_url(
    client_id: Id,
    scopes: Sequence[str],
    *,
    permissions: int | None = None,
    guild_id: Id | None = None,
    redirect_uri: str | None = None,
    state: str | None = None,
    integration_type: int | None = None,
    prompt: str | None = None,
) -> str:
    """Return the address of the page where a person authorizes the application.

    With the scope ``bot`` and no ``redirect_uri``, the page adds the bot to a server. With a
    ``redirect_uri``, Discord redirects there with a ``code`` to exchange and the ``state``, which
    must be unguessable and be compared.
    """
    refuse_bare_string("scopes", scopes)
    given: dict[str, Id | None] = {
        "client_id": client_id,
        "scope": " ".join(scopes),
        "permissions": permissions,
        "guild_id": guild_id,
        "redirect_uri": redirect_uri,
        "response_type": None if redirect_uri is None else "code",
        "state": state,
        "integration_type": integration_type,
        "prompt": prompt,
    }
    return f"{AUTHORIZE_URL}?{urlencode({k: v for k, v in given.items() if v is not None})}"


class AccessToken(msgspec.Struct, frozen=True):
    """The authorization of a person, for ``expires_in_s`` seconds."""

    access_token: Secret
    refresh_token: Secret | None
    expires_in_s: int
    scopes: tuple[str, ...]


class _TokenBody(msgspec.Struct):
    access_token: str
    expires_in: int
    scope: str = ""
    refresh_token: str | None = None


class OAuth2:
    """Exchanges codes for tokens. Every method raises only ConnectorError; nothing is retried.

    A code and a refresh token work once, so after a lost reply the person has to authorize again.
    """

    def __init__(
        self, client_id: Id, client_secret: Secret, transport: Transport, *, api_url: str = API_URL
    ) -> None:
        def sign() -> str:
            pair = f"{client_id}:{client_secret.reveal()}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"

        self._sender = Sender(api_url, transport, sign=sign)

    @classmethod
    def from_config(cls, config: Config, transport: Transport) -> Self:
        """Return an application's client. Raise MissingApiKey naming a missing variable."""
        if config.client_id is None or config.client_secret is None:
            missing = CLIENT_ID_ENV if config.client_id is None else CLIENT_SECRET_ENV
            raise MissingApiKey(PROVIDER, summary=f"OAuth2 needs {missing[1]}; set it")
        return cls(config.client_id, config.client_secret, transport, api_url=config.api_url)

    async def exchange(self, code: str, redirect_uri: str) -> AccessToken:
        """Return the tokens for a code; ``redirect_uri`` is the one that the page was given.

        Raise ApiRequestFailed (code invalid_grant) if the code is wrong, expired or used.
        """
        return await self._token(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        )

    async def refresh(self, refresh_token: Secret) -> AccessToken:
        """Return new tokens; the old refresh token stops working."""
        return await self._token(
            {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        )

    async def _token(self, form: dict[str, str]) -> AccessToken:
        payload = Payload(urlencode(form).encode(), FORM)
        answer = await self._sender.send(route("POST", "/oauth2/token"), payload)
        body = decode(answer, _TokenBody)
        refresh = body.refresh_token
        return AccessToken(
            Secret(body.access_token, provider=PROVIDER),
            None if refresh is None else Secret(refresh, provider=PROVIDER),
            body.expires_in,
            tuple(body.scope.split()),
        )
