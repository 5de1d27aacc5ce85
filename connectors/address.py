"""How an address that a person typed becomes the base of all paths."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from connectors.shared import ApiRequestFailed

_NO_ADDRESS = "is not an address such as https://host/v1"
_VERSION = re.compile(r"v\d\w*")
_BIND_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


class Layout(msgspec.Struct, frozen=True):
    """How a provider's paths lie; ``default_port`` and ``cloud_host`` are for addresses without a scheme."""

    version: str = "v1"
    chat_path: str = "chat/completions"
    default_port: int | None = None
    cloud_host: str | None = (
        None  # of a local server: the one host that is not spoken to in clear text
    )


OPENAI_LAYOUT: Final = Layout()


@functools.lru_cache(maxsize=64)
def base_address(
    provider: str, variable: str, value: str, *, is_local: bool, layout: Layout = OPENAI_LAYOUT
) -> str:
    """Return the address with a scheme and a version part and without a trailing slash.

    Without a scheme, http is meant for local servers and loopback, https for all others. The version part is added
    unless it is there; for ``v1`` any other version will do, as gateways have their own.
    Raises ApiRequestFailed naming the variable, never its value.
    """
    try:
        parts = urlsplit(_with_scheme(value.strip().strip("\"'"), is_local=is_local, layout=layout))
        port = f":{parts.port}" if parts.port else ""
        problem = _problem(parts)
    except ValueError:
        problem = _NO_ADDRESS
    if problem:
        raise ApiRequestFailed(provider, reason="bad_request", summary=f"{variable} {problem}")
    host = parts.hostname or ""
    host = _BIND_ADDRESSES.get(host, host)
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme.lower()}://{host}{port}{_with_version(parts.path, layout)}"


def root_address(base_url: str) -> str:
    """Return the base without its version part: where ``/health`` lies."""
    head, _, last = base_url.rpartition("/")
    return head if _is_version(last) else base_url


def _with_scheme(value: str, *, is_local: bool, layout: Layout) -> str:
    if "://" in value:
        return value
    value = _with_host(value)
    parts = urlsplit(f"//{value}")
    host = parts.hostname or ""
    if host == layout.cloud_host:
        return f"https://{value}"
    if layout.default_port and parts.port is None:
        _, slash, path = value.partition("/")
        value = f"{parts.netloc.rstrip(':')}:{layout.default_port}{slash}{path}"
    return f"{'http' if is_local or _is_loopback(host) else 'https'}://{value}"


def _with_host(value: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(value)}]"
    except ValueError:
        return f"127.0.0.1{value}" if value.startswith(":") else value


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


def _with_version(path: str, layout: Layout) -> str:
    path = path.rstrip("/").removesuffix(f"/{layout.chat_path}").rstrip("/")
    if layout.version != "v1":
        head, _, last = path.rpartition("/")
        return f"{head if _is_version(last) else path}/{layout.version}"
    return path if any(map(_VERSION.fullmatch, path.split("/"))) else f"{path}/v1"


def _is_version(segment: str) -> bool:
    return segment == "api" or _VERSION.fullmatch(segment) is not None
