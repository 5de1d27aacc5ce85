"""Checks of the providers, as answers would find them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from msgspec.structs import replace

from bot.doctor import texts
from bot.doctor.finding import Finding
from bot.providers.failures import Failure, explain, for_operator, what_happened
from bot.providers.model_names import nearest_names, quoted
from connectors import ConnectorError, Connectors, Provider
from connectors.check import Checked, check
from connectors.provider import plain_name
from connectors.wires.chat_models import is_same_model

SHOWN = 3
# A provider answers so to a model that it no longer has.
RETIRED = ("not_found", "gone")


async def providers(connectors: Connectors, within_s: float) -> list[Finding]:
    """Return a finding for each provider, and one more if none answers."""
    checks = (_checked(connectors, name, within_s) for name in connectors.providers)
    all_checked = await asyncio.gather(*checks)
    findings = [_finding(checked, connectors) for checked in all_checked]
    if not any(_answers(checked) for checked in all_checked):
        is_set_up = any(checked.is_configured for checked in all_checked)
        to_do = texts.MEND_ONE if is_set_up else texts.SET_UP_PROVIDER
        public = f"{texts.NO_PROVIDER}. {texts.ASK_OPERATOR}"
        findings.append(Finding(texts.PROVIDERS, texts.NO_PROVIDER, to_do, public))
    return findings


async def _checked(connectors: Connectors, name: str, within_s: float) -> Checked:
    """Check a provider; if it does not know its model, ask it which ones it has."""
    until = asyncio.get_running_loop().time() + within_s
    checked = await check(connectors, name, within_s=within_s)
    if checked.error is not None and checked.error.reason in RETIRED:
        with suppress(ConnectorError, TimeoutError):
            async with asyncio.timeout_at(until):
                listed = await connectors.get(name).models()
                return replace(checked, models=[model.id for model in listed if model.is_chat])
    return checked


def _answers(checked: Checked) -> bool:
    is_set_up = checked.is_configured or checked.latency_s is not None
    return is_set_up and checked.error is None


def _finding(checked: Checked, connectors: Connectors) -> Finding:
    row, error = checked.row, checked.error
    if not checked.is_configured and checked.latency_s is None:
        return _absent(row)
    if error is None:
        return _answering(checked)
    failure = Failure(error, row, checked.model)
    said = what_happened(failure).removeprefix(f"{row.label} ")
    to_do = for_operator(failure) or texts.LOOK_AGAIN
    if error.reason in RETIRED and checked.model:
        to_do = _choose(row, checked.model, checked.models)
        if connectors.model_is_default(row.name):
            said = texts.DEFAULT_RETIRED.format(model=quoted(checked.model))
    return Finding(row.label, said, to_do, explain(failure))


def _absent(row: Provider) -> Finding:
    if row.is_local:
        said, public = texts.NOT_RUNNING.format(address=row.base_url), texts.NOT_RUNNING_PUBLIC
    else:
        variable = plain_name(row.key_env)
        said, public = texts.NO_KEY.format(variable=variable), texts.NO_KEY_PUBLIC
    return Finding(row.label, said, public=public, is_known=False)


def _answering(checked: Checked) -> Finding:
    row, model = checked.row, checked.model
    if model and checked.models and not _is_listed(model, checked.models):
        said = texts.NOT_LISTED.format(model=quoted(model))
        return Finding(row.label, said, _choose(row, model, checked.models), said)
    if checked.latency_s is None:
        return Finding(row.label, texts.NOT_PROBED.format(model=quoted(model)))
    said = texts.ANSWERS.format(ms=checked.latency_s * 1000, model=quoted(model))
    ended, successor = row.retired.get(row.model or "", (None, None))
    if ended and model == successor:
        said += texts.SUCCEEDS.format(model=quoted(row.model), day=ended)
    return Finding(row.label, said)


def _is_listed(model: str, names: Sequence[str]) -> bool:
    """Return whether a list has a model; a suffix after a colon may select who runs it."""
    return any(is_same_model(name, model) or model.rpartition(":")[0] == name for name in names)


def _choose(row: Provider, model: str, names: Sequence[str]) -> str:
    near = ", ".join(map(quoted, nearest_names(model, names, SHOWN)))
    such_as = texts.SUCH_AS.format(names=near) if near else ""
    return texts.CHOOSE_MODEL.format(variable=plain_name(row.model_env), such_as=such_as)
