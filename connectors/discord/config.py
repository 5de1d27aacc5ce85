"""The bot's token, where Discord's API is, and what OAuth2 needs, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.provider import Secret
from connectors.shared import MissingApiKey, any_env_is_set, first_env_set

PROVIDER = "discord"
API_URL = "https://discord.com/api/v10"
TOKEN_ENV = ("ABI_DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN")
URL_ENV = ("ABI_DISCORD_API_URL", "DISCORD_API_URL")
CLIENT_ID_ENV = ("ABI_DISCORD_CLIENT_ID", "DISCORD_CLIENT_ID")
CLIENT_SECRET_ENV = ("ABI_DISCORD_CLIENT_SECRET", "DISCORD_CLIENT_SECRET")
PUBLIC_KEY_ENV = ("ABI_DISCORD_PUBLIC_KEY", "DISCORD_PUBLIC_KEY")


@dataclass(frozen=True, slots=True)
class Config:
    """The bot's token and the address of the API; the rest is for OAuth2 and need not be set.

    ``public_key`` is what Discord signs its webhooks with; nothing here checks signatures.
    """

    token: Secret
    api_url: str = API_URL
    client_id: str | None = None
    client_secret: Secret | None = None
    public_key: str | None = None

    def close(self) -> None:
        """Wipe the token and the client's secret."""
        self.token.close()
        if self.client_secret is not None:
            self.client_secret.close()

    def __enter__(self) -> "Config":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration. Raises MissingApiKey without a token."""
    token = _value(TOKEN_ENV, environ)
    if token is None:
        raise MissingApiKey(PROVIDER, summary=f"no token is set; set {TOKEN_ENV[1]}")
    secret = _value(CLIENT_SECRET_ENV, environ)
    return Config(
        Secret(token, provider=PROVIDER),
        (_value(URL_ENV, environ) or API_URL).rstrip("/"),
        _value(CLIENT_ID_ENV, environ),
        Secret(secret, provider=PROVIDER) if secret else None,
        _value(PUBLIC_KEY_ENV, environ),
    )


def try_load(environ: Mapping[str, str] = os.environ) -> Config | None:
    """Return the configuration, or None without a token."""
    return load_from_env(environ) if is_available(environ) else None


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a token is set."""
    return any_env_is_set(TOKEN_ENV, environ)


def _value(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    name = first_env_set(names, environ)
    return environ[name].strip() if name else None
