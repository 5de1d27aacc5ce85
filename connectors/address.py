"""Addresses as people type them, and the URLs of requests made from them."""

import functools
import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

from connectors.shared import ApiRequestFailed

_NO_ADDRESS = "is not an address such as https://host/v1"
_NO_SCHEME = "must begin with http:// or https://"
_VERSION = re.compile(r"v\d\w*", re.IGNORECASE)
_BIND_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound
# Source: RFC 1918, 3927, 4193, 6598 (the shared space in which Tailscale and the like are).
_PRIVATE_NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
            *("169.254.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
# Domains that no public server has (RFC 6761, 6762, 8375, and ICANN's .internal), and names without
# a dot, such as those of containers; but no number, which is another way to write an address.
_PRIVATE_NAME = re.compile(
    r"(?!0x)(?=[^.]*[a-z])[\w-]+|.+\.(localhost|local|internal|lan|home\.arpa)", re.IGNORECASE
)
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")

# The paths of single calls, which people paste in place of the base address.
_CALL = re.compile(
    r"/(chat/completions|completions|embeddings|responses|messages(/count_tokens)?|complete)$",
    re.IGNORECASE,
)
# Only below a version: elsewhere "models" or "chat" may be part of a deployment's own path.
_CALL_OF_VERSION = re.compile(
    r"(/v\d\w*)/(chat|completions?|complete|embeddings|responses|messages|models|images|audio"
    r"|moderations|files|fim|rerank|score|tokenize)(/(?!(.*/)?v\d).*)?$",
    re.IGNORECASE,
)


class Layout(msgspec.Struct, frozen=True):
    """The layout of a provider's paths.

    ``tail`` is what an address may end in beside the version; it is cut off. With a ``version``
    other than v1, that version takes its place. With ``ends_in_version``, only a version at the
    very end of an address is the API's own, and any before it a gateway's. ``default_port`` and
    ``cloud_host`` are for addresses without a scheme.
    """

    version: str = "v1"
    tail: re.Pattern[str] | None = None
    ends_in_version: bool = False
    default_port: int | None = None
    cloud_host: str | None = None  # the one host of a local server that speaks https


OPENAI_LAYOUT: Final = Layout()


class Address(msgspec.Struct, frozen=True):
    """The base of all paths, without a trailing slash, and the query that follows each of them.

    ``unversioned`` is the base as typed, if the version part was guessed.
    """

    base: str
    query: str = ""
    unversioned: str | None = None

    def url(self, path: str) -> str:
        """Return the URL of a path; a leading slash means beside the version part, not below it."""
        url = root_address(self.base) + path if path.startswith("/") else f"{self.base}/{path}"
        return f"{url}{'&' if '?' in url else '?'}{self.query}" if self.query else url


@functools.lru_cache(maxsize=64)
def typed_address(value: str, *, is_local: bool, layout: Layout = OPENAI_LAYOUT) -> str:
    """Return a typed address with a scheme, without white space and quotes around it.

    An address without a scheme is a host, as in OLLAMA_HOST: the scheme (http for local servers
    and private addresses, else https) and the default port are added, and an address to listen on
    (0.0.0.0) becomes one to connect to.
    """
    value = value.strip().strip("\"'").strip()
    if "://" in value:
        return value
    value = _with_host(value)
    parts = urlsplit(f"//{value}")
    host = (parts.hostname or "").lower()
    if host == layout.cloud_host:
        return f"https://{value}"
    if layout.default_port and parts.port is None:
        rest = value.removeprefix(parts.netloc)
        value = f"{parts.netloc.rstrip(':')}:{layout.default_port}{rest}"
    if host in _BIND_ADDRESSES:
        value = value.replace(host, _BIND_ADDRESSES[host], 1)
    return f"{'http' if is_local or _is_private(host) else 'https'}://{value}"


@functools.lru_cache(maxsize=64)
def read_address(
    provider: str, variable: str, value: str, *, is_local: bool, layout: Layout = OPENAI_LAYOUT
) -> Address:
    """Return a typed address without the path of a call, and with the version part it may lack.

    No version is added to the path of a call, to an address with a query, or to one that has
    another version, as those of gateways do.
    Raises ApiRequestFailed naming the variable, never its value.
    """
    try:
        parts = urlsplit(typed_address(value, is_local=is_local, layout=layout))
        port = f":{parts.port}" if parts.port else ""
        problem = _NO_SCHEME if _is_mistyped(value) else _problem(parts)
    except ValueError:
        problem = _NO_ADDRESS
    if problem:
        raise ApiRequestFailed(provider, reason="bad_request", summary=f"{variable} {problem}")
    host = parts.hostname or ""
    host = _BIND_ADDRESSES.get(host, host)
    host = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme.lower()}://{host}{port}"
    path, is_exact = _base_path(parts.path, layout)
    if is_exact or parts.query:
        return Address(origin + path, parts.query)
    return Address(f"{origin}{path}/{layout.version}", unversioned=origin + path)


def root_address(base_url: str) -> str:
    head, _, last = base_url.rpartition("/")
    return head if _is_version(last) else base_url


def _with_host(value: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(value)}]"
    except ValueError:
        return f"127.0.0.1{value}" if value.startswith(":") else value


def _is_mistyped(value: str) -> bool:
    """Return whether a scheme is mistyped: ``htps//host``, ``https:/host``."""
    head, _, rest = value.strip().strip("\"'").partition("/")
    word = head.rstrip(":;")
    is_word_before_two_slashes = rest.startswith("/") and word.isalpha() and "://" not in value
    return is_word_before_two_slashes or (word.lower() in ("http", "https") and "://" not in value)


def is_private_host(host: str) -> bool:
    """Return whether a host is certainly this machine, or one in a private network.

    Other names are not looked up: what they lead to may change between two requests.
    """
    host = _BIND_ADDRESSES.get(host, host).rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _PRIVATE_NAME.fullmatch(host) is not None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in _PRIVATE_NETWORKS)


def _is_private(host: str) -> bool:
    if host == "localhost" or host in _BIND_ADDRESSES:
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _problem(parts: SplitResult) -> str | None:
    if parts.scheme.lower() not in ("http", "https"):
        return _NO_SCHEME
    if "@" in parts.netloc:
        return "must not contain a user name or password"
    if parts.fragment:
        return "must not contain a #"
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return _NO_ADDRESS
    return None if all(map(_is_plain, (parts.path, parts.query))) else _NO_ADDRESS


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _base_path(path: str, layout: Layout) -> tuple[str, bool]:
    """Return the base of a path, and whether it is certain to lack no version part."""
    path = path.rstrip("/")
    if layout.tail is not None:
        path = layout.tail.sub("", path)
    if layout.version != "v1":
        return f"{path}/{layout.version}", True
    base = _CALL.sub("", _CALL_OF_VERSION.sub(r"\1", path)).rstrip("/")
    parts = base.split("/")[-1:] if layout.ends_in_version else base.split("/")
    return base, base != path or any(map(_VERSION.fullmatch, parts))


def _is_version(segment: str) -> bool:
    return segment == "api" or _VERSION.fullmatch(segment) is not None
