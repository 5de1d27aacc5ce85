"""Routes: method and path of a request, and the resource that rate limits count by."""

import functools
import re
from collections.abc import Mapping
from enum import IntEnum
from urllib.parse import quote, urlencode

import msgspec

PROVIDER = "discord"
API_URL = "https://discord.com/api/v10"
# Whatever a reply asks for, Discord is asked again after this long.
LONGEST_BLOCK_S = 900.0
MAX_WAIT_S = 60.0

Id = int | str
Query = Mapping[str, Id | bool | None]

# The top-level resources that share a bucket. Source: topics/rate-limits.
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
_PLAIN = re.compile(r"[\w.~@-]*", re.ASCII)
_names_in = functools.lru_cache(maxsize=256)(re.compile(r"\{(\w+)\}").findall)


class Priority(IntEnum):
    """The order of requests that wait for the global limit."""

    FIRST = 0  # somebody waits for it
    UPDATE = 1  # something is shown already
    LATER = 2  # nobody waits for it


class Route(msgspec.Struct, frozen=True):
    """A method and a path. ``major`` is the channel, server or webhook that rate limits count by.

    ``path`` may hold a token; ``name`` never does and is for logs.
    """

    method: str
    template: str
    path: str
    major: str = ""
    is_repeatable: bool = True
    done_code: str | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def has_body(self) -> bool:
        return self.method not in ("GET", "DELETE")

    @property
    def is_interaction(self) -> bool:
        """True if the path holds an interaction's token; the global limit does not count these."""
        return "{interaction_token}" in self.template

    @property
    def is_first_response(self) -> bool:
        return self.template.endswith("/callback")

    @property
    def priority(self) -> Priority:
        return Priority.UPDATE if self.method in ("PATCH", "DELETE") else Priority.FIRST

    @property
    def is_webhook(self) -> bool:
        return self.template.startswith("/webhooks/{webhook_id}")

    def is_done_by(self, code: str | None, *, was_lost: bool) -> bool:
        """Return whether an error means that the request has been carried out already."""
        # aiohttp retries a DELETE itself if a reused connection drops: that loss is not seen here.
        is_done = code is not None and code == self.done_code
        return is_done and (was_lost or self.method == "DELETE")

    @property
    def is_signed(self) -> bool:
        """True if the request is signed with our own credential, not by a token in its path."""
        return "_token}" not in self.template


def route(
    method: str,
    template: str,
    *values: Id,
    query: Query | None = None,
    is_repeatable: bool | None = None,
    done_code: str | None = None,
) -> Route:
    """Return a route whose template is filled with ``values`` in their order.

    Fields of ``query`` that are None are left out. A POST is repeatable only if ``is_repeatable``
    says so. ``done_code`` is the error code that means that the request has been carried out: for
    a DELETE always, for others only after a reply was lost.
    """
    value_of = dict(zip(_names_in(template), values, strict=True))
    quoted = {name: _quoted(value) for name, value in value_of.items()}
    given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
    return Route(
        method,
        template,
        template.format(**quoted) + (f"?{urlencode(given)}" if given else ""),
        "/".join(str(value_of[name]) for name in MAJOR if name in value_of),
        method != "POST" if is_repeatable is None else is_repeatable,
        done_code,
    )


def _quoted(value: Id) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else quote(text, safe="@")


def _text(value: Id | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
