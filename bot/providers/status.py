"""The status of the providers, one line each, checked within two seconds."""

import asyncio
from collections.abc import Collection, Sequence
from http import HTTPStatus

import msgspec
from msgspec.structs import replace

from bot.providers import texts
from bot.providers.backends import Backend
from bot.providers.catalog import Catalog
from bot.providers.failures import Failure, explain, what_happened
from bot.providers.model_names import quoted
from bot.providers.queue import Line
from bot.providers.reader import Reader
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
    statuses: Sequence[ProviderStatus], route: Route, reader: Reader = Reader.MEMBER
) -> str:
    """Return the status as one message: first those that are set up.

    Only managers read the providers' own words; only the bot's owner sees variables and addresses.
    """
    by_name = {status.checked.row.name: status for status in statuses}
    first = by_name.get(route.provider or "")
    failing = [name for name, status in by_name.items() if not _works(status)]
    last = goes_to(route, first.checked.row if first else None, reader, failing)
    text = ""
    for said_shown, has_details in SHOWN:
        shown = said_shown if reader >= Reader.MANAGER else 0
        lines = [
            _line(status, shown, reader) + (_details(status.backend) if has_details else "")
            for status in statuses
            if not _is_absent(status)
        ]
        text = "\n".join([*lines, *_absent_lines(statuses, reader), "", last])
        if len(text) <= MESSAGE_LIMIT:
            return text
    return text[: MESSAGE_LIMIT - len(last) - 2].rpartition("\n")[0] + f"\n\n{last}"


def goes_to(
    route: Route,
    row: Provider | None,
    reader: Reader = Reader.MEMBER,
    failing: Collection[str] = (),
) -> str:
    """Return the sentence that says where questions asked here go, and why.

    It is marked if all who would be asked are among those that cannot answer.
    """
    if row is None and route.is_local_only:
        return texts.GOES_NOWHERE_LOCAL
    if row is None:
        advice = texts.SET_A_KEY if reader is Reader.OWNER else texts.ASK_OPERATOR
        return texts.GOES_NOWHERE.format(advice=advice)
    named = route.model or route.models.get(row.name)
    model = f" · {quoted(named)}" if named else ""
    goes = texts.GOES_TO.format(label=row.label, model=model, why=route.why)
    would_fail = set(route.candidates) <= set(failing)
    return f"{texts.WOULD_FAIL.format(label=row.label)}\n{goes}" if would_fail else goes


def _works(status: ProviderStatus) -> bool:
    """Return whether a provider is likely to answer a question."""
    checked, last = status.checked, status.last_failure
    fails = last is not None and _still_fails(last, checked)
    return not _is_absent(status) and checked.error is None and not fails


def _line(status: ProviderStatus, said_shown: int, reader: Reader) -> str:
    checked, row, last = status.checked, status.checked.row, status.last_failure
    if checked.error is not None:
        failure = Failure(checked.error, row, checked.model, status.nearest)
        problem = _problem(failure, reader)
        said = _quotable(checked.error)
        is_in_last = last is not None and last.said == said
        quotation = "" if is_in_last else _quotation(said, said_shown)
        return f"🔴 **{row.label}** · {problem}{quotation}{_last(last, said_shown, problem)}"
    if last is not None and _still_fails(last, checked):
        problem = _explained(last, reader)
        return f"🔴 **{row.label}** · {problem}{_last(last, said_shown, problem)}"
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


def _is_absent(status: ProviderStatus) -> bool:
    return not status.checked.is_configured and status.checked.latency_s is None


def _absent_lines(statuses: Sequence[ProviderStatus], reader: Reader) -> list[str]:
    """Return the providers that are not there: in one line all of which the same is said."""
    labels: dict[str, list[str]] = {}
    for checked in (status.checked for status in statuses if _is_absent(status)):
        labels.setdefault(_why_absent(checked, reader), []).append(checked.row.label)
    return [f"⚪ {', '.join(named)} · {why}" for why, named in labels.items()]


def _why_absent(checked: Checked, reader: Reader) -> str:
    row = checked.row
    if not row.is_local:
        missing = (
            texts.MISSING.format(variable=plain_name(row.key_env)) if reader is Reader.OWNER else ""
        )
        return texts.KEY_MISSING.format(missing=missing)
    where = texts.AT.format(address=row.base_url) if reader is Reader.OWNER else ""
    is_locked = checked.error is not None and checked.error.reason == "auth"
    sentence = texts.NEEDS_KEY if is_locked else texts.NOT_RUNNING
    return sentence.format(where=where)


def _still_fails(last: Failure, checked: Checked) -> bool:
    is_same = last.model is None or is_same_model(last.model, checked.model or last.model)
    return is_same and last.error.reason in TOLD_BY_ANSWERS


def _problem(failure: Failure, reader: Reader) -> str:
    is_page = isinstance(failure.error, InvalidResponse)
    if is_page or failure.error.reason in ("gone", "wrong_address"):
        check = texts.CHECK.format(variable=failure.address) if reader is Reader.OWNER else ""
        return texts.SOMETHING_ELSE.format(status=failure.status) + check
    return _explained(failure, reader)


def _explained(failure: Failure, reader: Reader) -> str:
    # Its words are shown with the last error.
    return explain(replace(failure, said=""), reader)


def _last(failure: Failure | None, said_shown: int, problem: str = "") -> str:
    """Return the last error, in words only if the problem that is shown is another one."""
    if failure is None:
        return ""
    said, happened = _quotation(failure.said, said_shown), what_happened(failure)
    form = texts.LAST_SEEN if problem.startswith(happened) else texts.LAST_ERROR
    return form.format(happened=happened, said=said, when=f"<t:{failure.at:.0f}:R>")


def _quotable(error: ConnectorError) -> str:
    """Return a provider's words to a check, unless our own sentence says the same."""
    said = without_quotations(error.detail, ())
    phrase = HTTPStatus(error.status).phrase if error.status in _STATUSES else ""
    is_old = said.removeprefix(str(error.status)).strip(" .").casefold() == phrase.casefold()
    return "" if is_old or error.reason == "not_found" else said


def _quotation(said: str, said_shown: int) -> str:
    shown = inline_code(said, said_shown)
    return f" {texts.SAID.format(said=shown)}" if shown else ""


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
