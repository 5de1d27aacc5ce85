"""How an address that a person typed becomes the base of all paths."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from connectors.shared import ApiRequestFailed

_NO_ADDRESS = "is not an address such as https://host/v1"
_VERSION = re.compile(r"v\d\w*")
_BIND_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def base_address(provider: str, variable: str, value: str, *, is_local: bool) -> str:
    """Return the address with a scheme and a version part and without a trailing slash.

    Without a scheme, http is meant for local servers and loopback, https for all others. ``/v1`` is added unless the
    path holds a version already. Raises ApiRequestFailed naming the variable, never its value.
    """
    try:
        parts = urlsplit(_with_scheme(value.strip(), is_local=is_local))
        port = f":{parts.port}" if parts.port else ""
        problem = _problem(parts)
    except ValueError:
        problem = _NO_ADDRESS
    if problem:
        raise ApiRequestFailed(provider, reason="bad_request", summary=f"{variable} {problem}")
    host = parts.hostname or ""
    host = _BIND_ADDRESSES.get(host, host)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{host}{port}{_with_version(parts.path)}"


def root_address(base_url: str) -> str:
    """Return the base without its version part: where ``/health`` lies."""
    head, _, last = base_url.rpartition("/")
    return head if _VERSION.fullmatch(last) else base_url


def _with_scheme(value: str, *, is_local: bool) -> str:
    if "://" in value:
        return value
    value = f"127.0.0.1{value}" if value.startswith(":") else value
    host = urlsplit(f"//{value}").hostname or ""
    return f"{'http' if is_local or _is_loopback(host) else 'https'}://{value}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host in _BIND_ADDRESSES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _problem(parts: SplitResult) -> str | None:
    if parts.scheme.lower() not in ("http", "https"):
        return "must begin with http:// or https://"
    if "@" in parts.netloc:
        return "must not hold a user name or password"
    if parts.query or parts.fragment:
        return "must not hold a query"
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or not _is_path(parts.path):
        return _NO_ADDRESS
    return None


def _is_path(path: str) -> bool:
    return path.isascii() and path.isprintable() and " " not in path


def _with_version(path: str) -> str:
    path = path.rstrip("/").removesuffix("/chat/completions").rstrip("/")
    has_version = any(_VERSION.fullmatch(segment) for segment in path.split("/"))
    return path if has_version else f"{path}/v1"
