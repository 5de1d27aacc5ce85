"""The status of the providers, one line each, checked within two seconds."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from msgspec.structs import replace

from bot.providers import texts
from bot.providers.backends import Backend
from bot.providers.catalog import Catalog
from bot.providers.failures import Failure, explain, what_happened
from bot.providers.model_names import quoted
from bot.providers.queue import Line
from bot.providers.redaction import without_quotations
from bot.providers.routing import Route
from bot.text.chunking import MESSAGE_LIMIT
from bot.text.formatting import inline_code
from connectors import ConnectorError, Connectors, InvalidResponse, Provider
from connectors.check import Checked, check
from connectors.provider import plain_name
from connectors.wires.chat_models import is_same_model

LOADED_SHOWN = 3
# Characters of each provider's words, and whether its line and latencies are shown.
SHOWN = ((200, True), (80, True), (0, True), (0, False))
_STATUSES = frozenset(HTTPStatus)
# Errors that only an answer reveals, since a check costs nothing; valid until the next answer.
TOLD_BY_ANSWERS = {"auth", "billing", "permission", "not_found", "gone", "wrong_address"}


class ProviderStatus(msgspec.Struct, frozen=True):
    """The result of a check, the last failure of an answer, and a local server's models.

    ``backend`` says how busy it is, and how it did with the last answers.
    """

    checked: Checked
    last_failure: Failure | None = None
    loaded: Sequence[str] = ()
    nearest: Sequence[str] = ()  # to a model that is set and not listed
    backend: Backend | None = None


async def check_all(connectors: Connectors, catalog: Catalog) -> list[ProviderStatus]:
    """Check all providers at once, in the order of the rows. Takes two seconds at most."""
    found = await asyncio.gather(*(check(connectors, name) for name in connectors.providers))
    return [_status(checked, catalog) for checked in found]


def _status(checked: Checked, catalog: Catalog) -> ProviderStatus:
    name = checked.row.name
    loaded = catalog.names(name) if checked.row.is_local else ()
    nearest = catalog.nearest(name, checked.model or "")
    backend = catalog.backends[name]
    return ProviderStatus(checked, backend.last_failure, loaded, nearest, backend)


def status_text(
    statuses: Sequence[ProviderStatus], route: Route, *, for_owner: bool = False
) -> str:
    """Return the status as one message; only the bot's owner sees variables and addresses."""
    by_name = {status.checked.row.name: status.checked.row for status in statuses}
    last = goes_to(route, by_name.get(route.provider or ""), for_owner=for_owner)
    text = ""
    for said_shown, has_details in SHOWN:
        lines = [
            _line(status, said_shown, for_owner) + (_details(status.backend) if has_details else "")
            for status in statuses
        ]
        text = "\n".join([*lines, "", last])
        if len(text) <= MESSAGE_LIMIT:
            return text
    return text[: MESSAGE_LIMIT - len(last) - 2].rpartition("\n")[0] + f"\n\n{last}"


def goes_to(route: Route, row: Provider | None, *, for_owner: bool = False) -> str:
    """Return the sentence that says where questions asked here go, and why."""
    if row is None:
        advice = texts.SET_A_KEY if for_owner else texts.ASK_OPERATOR
        return texts.GOES_NOWHERE.format(advice=advice)
    named = route.model or route.models.get(row.name)
    model = f" · {quoted(named)}" if named else ""
    return texts.GOES_TO.format(label=row.label, model=model, why=route.why)


def _line(status: ProviderStatus, said_shown: int, for_owner: bool) -> str:
    checked, row, last = status.checked, status.checked.row, status.last_failure
    if not checked.is_configured and checked.latency_s is None:
        return _absent(checked, for_owner)
    if checked.error is not None:
        failure = Failure(checked.error, row, checked.model, status.nearest)
        problem = _problem(failure, for_owner)
        said = _quotable(checked.error)
        is_in_last = last is not None and last.said == said
        quotation = "" if is_in_last else _quotation(said, said_shown)
        return f"🔴 **{row.label}** · {problem}{quotation}{_last(last, said_shown)}"
    if last is not None and _still_fails(last, checked):
        return f"🔴 **{row.label}** · {_explained(last, for_owner)}{_last(last, said_shown)}"
    if checked.latency_s is None:
        return f"🟡 **{row.label}** · {texts.NOT_CHECKED}"
    is_failing = status.backend is not None and status.backend.breaker.is_open
    light, took = "🟠" if is_failing else "🟢", f"{checked.latency_s * 1000:.0f} ms"
    return f"{light} **{row.label}** · {took} · {_model(status)}{_last(last, said_shown)}"


def _details(backend: Backend | None) -> str:
    """Return a line about who waits and how soon the last answers began, if there is anything."""
    if backend is None:
        return ""
    latencies, breaker = backend.latencies.text(), backend.breaker
    told = [texts.FIRST_WORDS.format(bar=latencies)] if latencies else []
    if breaker.is_open:
        when = f"<t:{backend.next_check_at:.0f}:R>"
        told.insert(0, texts.FAILING.format(failures=breaker.failures, when=when))
    if not told and not backend.line.taken:
        return ""
    return "\n-# " + " · ".join([_places(backend.line), *told])


def _places(line: Line) -> str:
    places = texts.PLACES.format(taken=line.taken, size=line.size)
    return places + (texts.IN_LINE.format(waiting=line.waiting) if line.waiting else "")


def _absent(checked: Checked, for_owner: bool) -> str:
    row = checked.row
    if not row.is_local:
        missing = texts.MISSING.format(variable=plain_name(row.key_env)) if for_owner else ""
        return f"⚪ {row.label} · {texts.KEY_MISSING.format(missing=missing)}"
    where = texts.AT.format(address=row.base_url) if for_owner else ""
    is_locked = checked.error is not None and checked.error.reason == "auth"
    sentence = texts.NEEDS_KEY if is_locked else texts.NOT_RUNNING
    return f"⚪ {row.label} · {sentence.format(where=where)}"


def _still_fails(last: Failure, checked: Checked) -> bool:
    is_same = last.model is None or is_same_model(last.model, checked.model or last.model)
    return is_same and last.error.reason in TOLD_BY_ANSWERS


def _problem(failure: Failure, for_owner: bool) -> str:
    is_page = isinstance(failure.error, InvalidResponse)
    if is_page or failure.error.reason in ("gone", "wrong_address"):
        check = texts.CHECK.format(variable=failure.address) if for_owner else ""
        return texts.SOMETHING_ELSE.format(status=failure.status) + check
    return _explained(failure, for_owner)


def _explained(failure: Failure, for_owner: bool) -> str:
    # Its words are shown with the last error.
    return explain(replace(failure, said=""), for_owner=for_owner)


def _last(failure: Failure | None, said_shown: int) -> str:
    if failure is None:
        return ""
    said = _quotation(failure.said, said_shown)
    when = f"<t:{failure.at:.0f}:R>"
    return texts.LAST_ERROR.format(happened=what_happened(failure), said=said, when=when)


def _quotable(error: ConnectorError) -> str:
    """Return a provider's words to a check, unless our own sentence says the same."""
    said = without_quotations(error.detail, ())
    phrase = HTTPStatus(error.status).phrase if error.status in _STATUSES else ""
    is_old = said.removeprefix(str(error.status)).strip(" .").casefold() == phrase.casefold()
    return "" if is_old or error.reason == "not_found" else said


def _quotation(said: str, said_shown: int) -> str:
    shown = inline_code(said, said_shown)
    return texts.SAID.format(said=shown) if shown else ""


def _model(status: ProviderStatus) -> str:
    checked, row = status.checked, status.checked.row
    if row.is_local and status.loaded:
        shown = ", ".join(map(quoted, status.loaded[:LOADED_SHOWN]))
        more = len(status.loaded) - LOADED_SHOWN
        return f"has {shown}" + (f" and {more} more" if more > 0 else "")
    ended, successor = row.retired.get(row.model or "", (None, None))
    if ended and checked.model == successor:
        names = {"successor": quoted(successor), "model": quoted(row.model)}
        return texts.SUCCEEDS.format(**names, ended=ended)
    return quoted(checked.model)
