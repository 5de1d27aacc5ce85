"""Configuration of Discord's API, read from the environment."""

import ipaddress
import os
import re
from collections.abc import Mapping
from typing import Self
from urllib.parse import SplitResult, urlsplit

import msgspec

from connectors.discord.routes import API_URL, PROVIDER
from connectors.secret import Secret
from connectors.shared import (
    ApiRequestFailed,
    MissingApiKey,
    any_env_is_set,
    env_value,
    first_env_set,
    typed,
)

TOKEN_ENV = ("ABI_DISCORD_BOT_TOKEN", "DISCORD_BOT_TOKEN")
URL_ENV = ("ABI_DISCORD_API_URL", "DISCORD_API_URL")
CLIENT_ID_ENV = ("ABI_DISCORD_CLIENT_ID", "DISCORD_CLIENT_ID")
CLIENT_SECRET_ENV = ("ABI_DISCORD_CLIENT_SECRET", "DISCORD_CLIENT_SECRET")
PUBLIC_KEY_ENV = ("ABI_DISCORD_PUBLIC_KEY", "DISCORD_PUBLIC_KEY")

# Tokens are base64url with dots. Other characters are copied along from code or from a guide.
_NOT_IN_TOKENS = re.compile(r"[^!-~]|[\"'`<>(){}\[\];,|\\:]")
# Stands before the token in an Authorization header.
_PREFIX = re.compile(r"bot\s+", re.IGNORECASE)
_VERSION = re.compile(r"/v\d+(/|$)")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


class Config(msgspec.Struct, frozen=True):
    """The bot's token and the address of the API; everything else is for OAuth2 and optional.

    ``public_key`` verifies Discord's webhooks; nothing here does that.
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def load_from_env(environ: Mapping[str, str] = os.environ) -> Config:
    """Return the configuration.

    Raise MissingApiKey if there is no token or it cannot be right, ApiRequestFailed if the API's
    address is not an address. Both name the variable, never its value.
    """
    name = first_env_set(TOKEN_ENV, environ)
    if name is None:
        raise MissingApiKey(PROVIDER, summary=f"no token is set; set {TOKEN_ENV[1]}")
    secret = _value(CLIENT_SECRET_ENV, environ)
    return Config(
        Secret(_token(name, environ), provider=PROVIDER),
        _api_address(environ),
        _value(CLIENT_ID_ENV, environ),
        Secret(secret, provider=PROVIDER) if secret else None,
        _value(PUBLIC_KEY_ENV, environ),
    )


def try_load(environ: Mapping[str, str] = os.environ) -> Config | None:
    """Return the configuration, or None without a token."""
    return load_from_env(environ) if is_available(environ) else None


def is_available(environ: Mapping[str, str] = os.environ) -> bool:
    return any_env_is_set(TOKEN_ENV, environ)


def _value(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    name = first_env_set(names, environ)
    return env_value(name, environ) if name else None


def _token(name: str, environ: Mapping[str, str]) -> str:
    token = typed(_PREFIX.sub("", env_value(name, environ), count=1))
    if _NOT_IN_TOKENS.search(token):
        raise MissingApiKey(
            PROVIDER,
            summary=f"{name} holds a space or a character that no token has; copy the token again",
        )
    return token


def _api_address(environ: Mapping[str, str]) -> str:
    """Return the API's address without a trailing slash; without a version, /api/v10 is added."""
    name = first_env_set(URL_ENV, environ)
    if name is None:
        return API_URL
    try:
        parts = urlsplit(_with_scheme(env_value(name, environ)))
        is_right = _is_address(parts)
    except ValueError:
        is_right = False
    if not is_right:
        raise ApiRequestFailed(
            PROVIDER,
            reason="bad_request",
            summary=f"{name} is not an address such as {API_URL}; correct it or leave it unset",
        )
    path = parts.path.rstrip("/")
    if not _VERSION.search(path):
        path = path.removesuffix("/api") + "/api/v10"
    return f"{parts.scheme.lower()}://{parts.netloc}{path}"


def _with_scheme(value: str) -> str:
    if "://" in value:
        return value
    parts = urlsplit(f"//{value}")
    host = parts.hostname or ""
    if host == "localhost" or _is_ip(host) or parts.port:
        return f"http://{value}"
    return f"https://{value}" if "." in host else ""


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_address(parts: SplitResult) -> bool:
    is_web = parts.scheme.lower() in ("http", "https") and "@" not in parts.netloc
    has_host = bool(parts.hostname and _HOST.fullmatch(parts.hostname)) and parts.port != 0
    has_path = parts.path.isascii() and parts.path.isprintable() and " " not in parts.path
    return is_web and has_host and has_path and not parts.query and not parts.fragment
