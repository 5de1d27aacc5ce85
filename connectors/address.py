"""How an address that a person typed becomes the place of every request."""

from __future__ import annotations

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
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")

# The paths of single calls, which people paste in place of the address that they lie below.
_CALL = re.compile(
    r"/(chat/completions|completions|embeddings|responses|messages(/count_tokens)?|complete)$",
    re.IGNORECASE,
)
# Below a version, all that an API has there; elsewhere "models" or "chat" may be a deployment's own path.
_CALL_OF_VERSION = re.compile(
    r"(/v\d\w*)/(chat|completions?|complete|embeddings|responses|messages|models|images|audio|moderations|files|fim"
    r"|rerank|score|tokenize)(/(?!(.*/)?v\d).*)?$",
    re.IGNORECASE,
)


class Layout(msgspec.Struct, frozen=True):
    """How a provider's paths lie. ``default_port`` and ``cloud_host`` are for addresses without a scheme.

    With a ``version`` other than v1, ``tail`` is what an address may end in; the version takes its place. With v1 it is
    what may stand beside the version part. ``ends_in_version`` says that only a version at the very end of an address is
    the API's own, and one before it a gateway's.
    """

    version: str = "v1"
    tail: re.Pattern[str] | None = None
    ends_in_version: bool = False
    default_port: int | None = None
    cloud_host: str | None = (
        None  # of a local server: the one host that is not spoken to in clear text
    )


OPENAI_LAYOUT: Final = Layout()


class Address(msgspec.Struct, frozen=True):
    """The base of all paths, without a trailing slash, and the query that follows each of them.

    ``unversioned`` is the base as it was typed, where the version part is a guess.
    """

    base: str
    query: str = ""
    unversioned: str | None = None

    def url(self, path: str) -> str:
        """Return the address of a path; with a leading slash it lies beside the version part, else below it."""
        url = root_address(self.base) + path if path.startswith("/") else f"{self.base}/{path}"
        return f"{url}{'&' if '?' in url else '?'}{self.query}" if self.query else url


@functools.lru_cache(maxsize=64)
def typed_address(value: str, *, is_local: bool, layout: Layout = OPENAI_LAYOUT) -> str:
    """Return what a person typed, without white space and quotes around it.

    What has a scheme stays as it is. Without one a host is meant, as in OLLAMA_HOST: the scheme and a server's own port
    are added (http for local servers and private addresses, https for all others), and an address to listen on (0.0.0.0)
    becomes one to connect to.
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
    """Return where the paths of a typed address lie: the path of a call is cut off, a missing version part is added.

    Nothing is added to the path of a call, to an address with a query, nor for ``v1`` where there is any other version,
    as gateways have their own.
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
    """Return the base without its version part: where ``/health`` lies."""
    head, _, last = base_url.rpartition("/")
    return head if _is_version(last) else base_url


def _with_host(value: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(value)}]"
    except ValueError:
        return f"127.0.0.1{value}" if value.startswith(":") else value


def _is_mistyped(value: str) -> bool:
    """Return whether a scheme was meant: ``htps//host``, ``https:/host``."""
    head, _, rest = value.strip().strip("\"'").partition("/")
    word = head.rstrip(":;")
    is_word_before_two_slashes = rest.startswith("/") and word.isalpha() and "://" not in value
    return is_word_before_two_slashes or (word.lower() in ("http", "https") and "://" not in value)


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
        return "must not hold a user name or password"
    if parts.fragment:
        return "must not hold a #"
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return _NO_ADDRESS
    return None if all(map(_is_plain, (parts.path, parts.query))) else _NO_ADDRESS


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _base_path(path: str, layout: Layout) -> tuple[str, bool]:
    """Return the base of a path, and whether it is certain that no version part is missing."""
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
