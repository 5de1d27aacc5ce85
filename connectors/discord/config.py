"""The bot's token and where Discord's API is, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.provider import Secret
from connectors.shared import MissingApiKey, any_env_is_set, env_is_set

PROVIDER = "discord"
API_URL = "https://discord.com/api/v10"
TOKEN_ENV = ("ABI_DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN")
URL_ENV = "DISCORD_API_URL"


@dataclass(frozen=True, slots=True)
class Config:
    """The bot's token and the address of the API."""

    token: Secret
    api_url: str = API_URL

    def close(self) -> None:
        """Wipe the token."""
        self.token.close()

    def __enter__(self) -> "Config":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration. Raises MissingApiKey without a token."""
    name = next((name for name in TOKEN_ENV if env_is_set(name, environ)), None)
    if name is None:
        raise MissingApiKey(PROVIDER, summary=f"no token is set; set {TOKEN_ENV[1]}")
    url = environ[URL_ENV].strip() if env_is_set(URL_ENV, environ) else API_URL
    return Config(Secret(environ[name].strip(), provider=PROVIDER), url.rstrip("/"))


def try_load(environ: Mapping[str, str] = os.environ) -> Config | None:
    """Return the configuration, or None without a token."""
    return load_from_env(environ) if is_available(environ) else None


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a token is set."""
    return any_env_is_set(TOKEN_ENV, environ)
