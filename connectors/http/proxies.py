"""The proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name."""

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from connectors.shared import ApiRequestFailed, env_value

PROVIDER = "proxy"
_WAYS = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


class Proxies(msgspec.Struct, frozen=True):
    """The proxy for each scheme, and the hosts that are reached without one."""

    http: str | None = None
    https: str | None = None
    direct: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.http is not None or self.https is not None

    def of(self, scheme: str, host: str, port: int | None = None) -> str | None:
        """Return the proxy's address, or None for a direct connection, as to this machine."""
        proxy = self.https if _WAYS.get(scheme) == "https" else self.http
        host = host.strip("[]").rstrip(".").lower()
        if proxy is None or _is_this_machine(host):
            return None
        port = port or _PORTS.get(scheme)
        return None if any(_covers(entry, host, port) for entry in self.direct) else proxy


def from_env(environ: Mapping[str, str] = os.environ) -> Proxies:
    """Return the proxies; the lower-case name of each variable wins, as for curl.

    Raises ApiRequestFailed naming the variable with an invalid proxy.
    """
    entries = _first(("no_proxy", "NO_PROXY"), environ)[1].lower().replace(",", " ").split()
    return Proxies(
        _proxy(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), environ),
        _proxy(("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), environ),
        tuple(entries),
    )


def _first(names: tuple[str, ...], environ: Mapping[str, str]) -> tuple[str, str]:
    return next(((name, found) for name in names if (found := env_value(name, environ))), ("", ""))


def _proxy(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    name, value = _first(names, environ)
    if not value:
        return None
    address = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(address)
        is_right = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises ValueError if invalid
    except ValueError:
        is_right = False
    if not is_right or " " in address:
        summary = f"{name} is not an HTTP proxy address such as http://proxy:3128"
        raise ApiRequestFailed(PROVIDER, reason="bad_request", summary=summary)
    return address


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _ip(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Return whether an entry of NO_PROXY (domain, address, network or ``*``) covers a host."""
    if entry == "*":
        return True
    address = _ip(host)
    if "/" in entry:
        return address is not None and _is_in(address, entry)
    if entry.startswith("["):
        entry, _, its_port = entry[1:].partition("]")
        its_port = its_port.removeprefix(":")
    else:
        # The last colon of an IPv6 address precedes no port.
        entry, its_port = (entry, "") if _ip(entry) else entry.partition(":")[::2]
    if its_port and its_port != str(port):
        return False
    if address is not None:
        return _ip(entry) == address
    entry = entry.removeprefix("*").strip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_in(address: ipaddress.IPv4Address | ipaddress.IPv6Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
