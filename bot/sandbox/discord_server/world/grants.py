"""OAuth2 grants: codes, and the tokens they are exchanged for."""

import secrets

from bot.sandbox.discord_server.objects import JSON

LIFE_S = 604_800


class Grants:
    """Codes and refresh tokens, each good for one use. Source: topics/oauth2."""

    def __init__(self, client_id: int) -> None:
        self.client_id = client_id
        self.client_secret = "sandbox-client-secret"  # noqa: S105 - not a secret, the sandbox's own
        self._codes: dict[str, tuple[str, str]] = {}
        self._refresh_tokens: dict[str, str] = {}

    def allow(self, redirect_uri: str, scope: str) -> str:
        """Allow the application a scope; return the code for the redirect."""
        code = secrets.token_urlsafe(22)
        self._codes[code] = (redirect_uri, scope)
        return code

    def exchange(self, code: str, redirect_uri: str) -> JSON | None:
        """Return tokens for a code, or None if it is not valid."""
        allowed_uri, scope = self._codes.pop(code, ("", ""))
        return self._tokens(scope) if allowed_uri and allowed_uri == redirect_uri else None

    def refresh(self, refresh_token: str) -> JSON | None:
        """Return new tokens, or None if the refresh token is not valid."""
        scope = self._refresh_tokens.pop(refresh_token, None)
        return None if scope is None else self._tokens(scope)

    def _tokens(self, scope: str) -> JSON:
        refresh_token = secrets.token_urlsafe(22)
        self._refresh_tokens[refresh_token] = scope
        return {
            "access_token": secrets.token_urlsafe(22),
            "token_type": "Bearer",
            "expires_in": LIFE_S,
            "refresh_token": refresh_token,
            "scope": scope,
        }
