"""How the providers are: each one's state in a line, checked now and within two seconds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answers.chunking import MESSAGE_LIMIT
from bot.catalogue import Catalogue
from bot.errors import Failure, explain, plain_name, quoted
from bot.routing import Route
from connectors import Connectors, Provider
from connectors.check import Checked, check

LOADED_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Status:
    """What a check found, the last trouble of an answer, and what a local server has loaded."""

    checked: Checked
    last_failure: Failure | None = None
    loaded: Sequence[str] = ()


class Board:
    """Checks all providers at once; a slow one makes nobody wait for longer than the rest."""

    def __init__(self, connectors: Connectors, catalogue: Catalogue) -> None:
        self._connectors = connectors
        self._catalogue = catalogue

    async def check(self) -> list[Status]:
        """Return the state of every provider, in the order of the rows. Takes two seconds at most."""
        names = list(self._connectors.providers)
        found = await asyncio.gather(*(check(self._connectors, name) for name in names))
        return [
            Status(
                checked,
                self._catalogue.failures.get(name),
                self._catalogue.names(name) if checked.row.is_local else (),
            )
            for name, checked in zip(names, found, strict=True)
        ]


def draw(statuses: Sequence[Status], route: Route) -> str:
    """Return the board as one message."""
    lines = [_line(status) for status in statuses]
    by_name = {status.checked.row.name: status.checked.row for status in statuses}
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
    checked, row = status.checked, status.checked.row
    if checked.latency_s is not None:
        trouble = f" · last trouble: {explain(status.last_failure)}" if status.last_failure else ""
        return f"🟢 **{row.label}** · {checked.latency_s * 1000:.0f} ms · {_model(status)}{trouble}"
    if not checked.is_configured:
        if row.is_local:
            return f"⚪ {row.label} · not running at `{row.base_url}`"
        return f"⚪ {row.label} · not set up: {plain_name(row.key_env)} is missing"
    if checked.error is None:
        return f"🟡 **{row.label}** · set up, not checked"
    return f"🔴 **{row.label}** · {_trouble(Failure(checked.error, row, checked.model))}"


def _trouble(failure: Failure) -> str:
    # No model was asked for here: what was not found is the provider.
    if failure.error.reason in ("not_found", "gone"):
        return f"something else answers at its address{failure.status}. Check {failure.address}."
    return explain(failure)


def _model(status: Status) -> str:
    checked, row = status.checked, status.checked.row
    if row.is_local and status.loaded:
        shown = ", ".join(map(quoted, status.loaded[:LOADED_SHOWN]))
        more = len(status.loaded) - LOADED_SHOWN
        return f"has {shown}" + (f" and {more} more" if more > 0 else "")
    ended, successor = row.retired.get(row.model or "", (None, None))
    if ended and checked.model == successor:
        return f"{quoted(successor)}, because {quoted(row.model)} ended on {ended}"
    return quoted(checked.model)
