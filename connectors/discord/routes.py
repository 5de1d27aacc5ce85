"""A request's method and path, as Discord's documentation writes them, and what its limits count by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

PROVIDER = "discord"
API_URL = "https://discord.com/api/v10"

Id = int | str
Query = Mapping[str, Id | bool | None]

# The top-level resources that share a bucket. Source: topics/rate-limits.
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_token")
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; ``major`` is the resource that Discord counts by (channel, guild, webhook and token).

    ``path`` may hold a token: ``name`` is what a log may show.
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
    def is_interaction(self) -> bool:
        """Whether an interaction's token is in the path: the global limit does not count these."""
        return "{interaction_token}" in self.template

    @property
    def is_webhook(self) -> bool:
        return self.template.startswith("/webhooks/{webhook_id}")

    def is_done_by(self, code: str | None, *, was_lost: bool) -> bool:
        """Whether an error means that there is nothing left to do."""
        # aiohttp repeats a DELETE by itself when a used connection drops, so that the loss is not seen here.
        is_done = code is not None and code == self.done_code
        return is_done and (was_lost or self.method == "DELETE")

    @property
    def is_signed(self) -> bool:
        """Whether it goes out with our own credential, not with a token in its path."""
        return "_token}" not in self.template


def route(
    method: str,
    template: str,
    *values: Id,
    query: Query | None = None,
    is_repeatable: bool | None = None,
    done_code: str | None = None,
) -> Route:
    """Return a route with ``values`` in the places of its template, in their order; what is None in ``query`` is left out.

    A POST is taken to do something new each time, unless ``is_repeatable`` says otherwise. ``done_code`` is the
    error that means that it has been done: after a lost answer by the first try, and of a DELETE always.
    """
    value_of = dict(zip(_PLACE.findall(template), values, strict=True))
    quoted = {name: quote(str(value), safe="@") for name, value in value_of.items()}
    given = {name: _text(value) for name, value in (query or {}).items() if value is not None}
    return Route(
        method,
        template,
        template.format(**quoted) + (f"?{urlencode(given)}" if given else ""),
        "/".join(str(value_of[name]) for name in MAJOR if name in value_of),
        method != "POST" if is_repeatable is None else is_repeatable,
        done_code,
    )


def _text(value: Id | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
