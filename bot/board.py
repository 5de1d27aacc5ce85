"""How the providers are: each one's state in a line, checked now and within two seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.chunking import MESSAGE_LIMIT
from bot.catalogue import Catalogue
from bot.errors import Failure, explain, plain_name, quoted
from bot.routing import Route
from connectors import ConnectorError, Connectors, Health, Provider
from connectors.shared import Timeout

CHECK_S = 2.0  # Discord waits three seconds for an answer
LOADED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Status:
    """One provider: set up or not, and if asked whether it answered."""

    row: Provider
    is_configured: bool
    model: str | None
    latency_s: float | None = None
    failure: Failure | None = None  # of this check, else the last one of an answer
    loaded: Sequence[str] = ()


class Board:
    """Checks all providers at once; a slow one makes nobody wait for longer than the rest."""

    def __init__(self, connectors: Connectors, catalogue: Catalogue) -> None:
        self._connectors = connectors
        self._catalogue = catalogue

    async def check(self) -> list[Status]:
        """Return the state of every provider, in the order of the rows. Takes two seconds at most."""
        return list(await asyncio.gather(*map(self._check, self._connectors.providers)))

    async def _check(self, name: str) -> Status:
        row = self._connectors.providers[name]
        is_configured = name in self._connectors.configured()
        model = self._connectors.model_of(name)
        if not is_configured and not row.is_local:
            return Status(row, False, model)
        loaded = self._catalogue.names(name) if row.is_local else ()
        try:
            connector = self._connectors.get(name)
            if not isinstance(connector, Health):
                return Status(row, is_configured, model, loaded=loaded)
            async with asyncio.timeout(CHECK_S):
                latency_s = await connector.health()
        except ConnectorError as error:
            return Status(row, is_configured, model, failure=Failure(error, row, model))
        except TimeoutError:
            return Status(row, is_configured, model, failure=Failure(Timeout(name), row, model))
        last = self._catalogue.failures.get(name)
        return Status(row, is_configured, model, latency_s, last, loaded)


def draw(statuses: Sequence[Status], route: Route) -> str:
    """Return the board as one message."""
    lines = [_line(status) for status in statuses]
    by_name = {status.row.name: status.row for status in statuses}
    return "\n".join([*lines, "", goes_to(route, by_name.get(route.provider or ""))])[
        :MESSAGE_LIMIT
    ]


def goes_to(route: Route, row: Provider | None) -> str:
    """Return the sentence that says where a question asked here goes, and why."""
    if row is None:
        return "A question asked here goes nowhere: no provider is set up. Set one key in `.env`."
    model = f" · {quoted(route.model)}" if route.model else ""
    return f"A question asked here goes to **{row.label}**{model}: {route.why}."


def _line(status: Status) -> str:
    row = status.row
    if status.latency_s is not None:
        trouble = f" · last trouble: {explain(status.failure)}" if status.failure else ""
        return f"🟢 **{row.label}** · {status.latency_s * 1000:.0f} ms · {_model(status)}{trouble}"
    if not status.is_configured:
        lacks = (
            f"not running at `{row.base_url}`"
            if row.is_local
            else f"not set up: {plain_name(row.key_env)} is missing"
        )
        return f"⚪ {row.label} · {lacks}"
    return (
        f"🔴 **{row.label}** · {_trouble(status.failure)}"
        if status.failure
        else f"🟡 **{row.label}**"
    )


def _trouble(failure: Failure) -> str:
    # No model was asked for here: what was not found is the provider.
    if failure.error.reason in ("not_found", "gone"):
        return f"something else answers at its address{failure.status}. Check {failure.address}."
    return explain(failure)


def _model(status: Status) -> str:
    row = status.row
    if row.is_local and status.loaded:
        shown = ", ".join(map(quoted, status.loaded[:LOADED_SHOWN]))
        more = len(status.loaded) - LOADED_SHOWN
        return f"has {shown}" + (f" and {more} more" if more > 0 else "")
    ended, successor = row.retired.get(row.model or "", (None, None))
    if ended and status.model == successor:
        return f"{quoted(successor)}, because {quoted(row.model)} ended on {ended}"
    return quoted(status.model)
