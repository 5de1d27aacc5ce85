"""Errors of providers in sentences: what happened, then what to do."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.providers.model_names import quoted
from bot.text.formatting import inline_code
from connectors import InvalidResponse, MissingApiKey, OutOfMemory
from connectors.provider import plain_name
from connectors.shared import HOST_NOT_FOUND, SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors import ConnectorError, Provider

OTHER = "choose another provider with `/ask provider:`"
OTHER_MODEL = "Choose another model with `/ask model:`, or another provider with `/ask provider:`."


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider's error, with what is known about the question."""

    error: ConnectorError
    row: Provider
    model: str | None = None
    nearest: Sequence[str] = ()  # listed names similar to one the provider does not know
    begun: bool = False  # part of the answer is shown
    # The provider's own words, without keys and quotations of the question.
    said: str = ""
    address_is_default: bool = False  # it was not set, so it cannot be set wrongly
    at: float = field(default_factory=time.time)  # seconds since the epoch

    @property
    def status(self) -> str:
        """The HTTP status in parentheses, or "" if it says nothing."""
        status = self.error.status
        return f" ({status})" if status and status != 200 else ""

    @property
    def key(self) -> str:
        """The variable that holds the key."""
        return plain_name(self.row.key_env) or "the server's key"

    @property
    def address(self) -> str:
        """The variable that holds the address."""
        return plain_name(self.row.url_env) or "its address"


@dataclass(frozen=True, slots=True)
class Sentences:
    """What happened, what anyone can do, and what the bot's owner can do if that differs."""

    happened: str
    advice: str
    operator: str = ""


def explain(failure: Failure, *, for_owner: bool = False) -> str:
    """Return what happened, then what to do; the bot's owner also reads the provider's words.

    If a setting is certainly wrong, everyone reads which one, to tell the person who can fix it.
    """
    said = _sentences(failure)
    if not for_owner:
        wrong = _wrong_setting(failure)
        hint = f" The person who runs this bot should check {wrong}." if wrong else ""
        return f"{said.happened} {said.advice}{hint}"
    quotation = [f"It said: {inline_code(failure.said, 300)}"] if failure.said else []
    return " ".join([said.happened, said.operator or said.advice, *quotation])


def _wrong_setting(failure: Failure) -> str | None:
    """Return the variable that is certainly wrong, or None."""
    error, row = failure.error, failure.row
    if error.reason == "malformed_key":
        return failure.key
    if error.reason == "wrong_address" or error.summary == HOST_NOT_FOUND:
        return None if failure.address_is_default else failure.address
    names = (*row.key_env, *row.url_env, *row.model_env)
    is_ours = error.reason == "bad_request" and error.status is None
    return next((name for name in names if is_ours and name in error.summary.split()), None)


def what_happened(failure: Failure) -> str:
    """Return the first sentence only."""
    return _sentences(failure).happened


def for_log(failure: Failure) -> str:
    """Return the error, what the owner can do, and the provider's words, in one line."""
    hint = _sentences(failure).operator.removeprefix(_sentence(failure.error.summary)).strip()
    said = f'It said: "{failure.said}"' if failure.said else ""
    return " ".join(filter(None, [f"{failure.error}.", hint, said]))


def _sentences(failure: Failure) -> Sentences:
    reason = failure.error.reason
    is_nonsense = isinstance(failure.error, InvalidResponse) and reason == "server"
    return _garbage(failure) if is_nonsense else _BY_REASON.get(reason, _server)(failure)


def _auth(f: Failure) -> Sentences:
    if f.error.reason == "malformed_key":
        operator = f"{_sentence(f.error.summary)} Then restart the bot."
        return Sentences(f"The key of {f.row.label} cannot be used.", _later(), operator)
    if isinstance(f.error, MissingApiKey):
        operator = f"Set {f.key} in `.env` and restart the bot."
        return Sentences(f"{f.row.label} is not set up here.", f"{OTHER.capitalize()}.", operator)
    happened = f"{f.row.label} refused the key{f.status}."
    return Sentences(happened, _later(), f"Check {f.key}.")


def _permission(f: Failure) -> Sentences:
    return Sentences(
        f"{f.row.label} does not allow this key to use {_model(f)}{f.status}.",
        OTHER_MODEL,
        f"Check the permissions and the region of {f.key}, or choose another model.",
    )


def _billing(f: Failure) -> Sentences:
    when = "later" if f.error.retry_after is None else in_words(f.error.retry_after)
    return Sentences(
        f"The {f.row.label} account has no credit left{f.status}.",
        f"Ask again {when}, or {OTHER}.",
        f"Add credit, raise the spending limit, or {OTHER}.",
    )


def _rate_limit(f: Failure) -> Sentences:
    when = "in a minute" if f.error.retry_after is None else in_words(f.error.retry_after)
    return Sentences(
        f"{f.row.label} is receiving too many requests{f.status}.", f"Ask again {when}."
    )


def in_words(wait_s: float) -> str:
    """Return a wait in a fitting unit, such as "in 5 min"."""
    if wait_s <= 120:
        return f"in {max(round(wait_s), 1)} s"
    minutes = round(wait_s / 60)
    return f"in {minutes} min" if minutes <= 120 else f"in {round(minutes / 60)} hours"


def _not_found(f: Failure) -> Sentences:
    names = ", ".join(map(quoted, f.nearest))
    advice = f"It has {names}." if names else "Choose one with `/ask model:`."
    if f.model is None:
        operator = f"Set {plain_name(f.row.model_env)} to one of its models."
        return Sentences(
            f"{f.row.label} found no model to answer with{f.status}.", advice, operator
        )
    return Sentences(f"{f.row.label} does not know the model {quoted(f.model)}{f.status}.", advice)


def _gone(f: Failure) -> Sentences:
    return Sentences(
        f"{f.row.label} says that {_model(f)} or its address no longer exists{f.status}.",
        OTHER_MODEL,
        f"Choose another model, or check {f.address}.",
    )


def _wrong_address(f: Failure) -> Sentences:
    return Sentences(
        f"Nothing answers at the address of {f.row.label}{f.status}.",
        f"{OTHER.capitalize()}.",
        f"Check {f.address}.",
    )


def _context_length(f: Failure) -> Sentences:
    model = quoted(f.model) if f.model else "the model"
    return Sentences(
        f"This is more text than {model} of {f.row.label} can read at once.",
        "Shorten the question, or choose a model with a larger context.",
    )


def _unavailable(f: Failure) -> Sentences:
    start = f"Start it, or set {f.address} to its address." if f.row.is_local else ""
    return Sentences(f"{f.row.label} cannot be reached{f.status}.", _soon(), start)


def _overloaded(f: Failure) -> Sentences:
    return Sentences(f"{f.row.label} is overloaded{f.status}.", _soon())


def _loading(f: Failure) -> Sentences:
    happened = f"{f.row.label} is still loading {_model(f)}{f.status}."
    return Sentences(happened, "Ask again in a minute.")


def _timeout(f: Failure) -> Sentences:
    happened = (
        "stopped responding in the middle of its answer" if f.begun else "took too long to answer"
    )
    return Sentences(f"{f.row.label} {happened}.", _continue(f))


def _truncated(f: Failure) -> Sentences:
    when = "in the middle" if f.begun else "before the first word"
    return Sentences(f"The answer of {f.row.label} was cut off {when}.", _continue(f))


def _too_large(f: Failure) -> Sentences:
    if not isinstance(f.error, OutOfMemory):
        happened = f"The question is too large for {f.row.label}{f.status}."
        return Sentences(happened, f"Shorten it and ask again, or {OTHER}.")
    happened = f"The answer of {f.row.label} is larger than I can handle."
    return Sentences(happened, "Ask for less at once.")


def _bad_request(f: Failure) -> Sentences:
    if f.error.status is None and f.error.summary != SUMMARIES[f.error.reason]:
        # Refused here, before anything was sent.
        if _wrong_setting(f) is None:
            return Sentences(f"{f.row.label} was not asked: {f.error.summary}.", _later())
        happened = f"{f.row.label} could not be asked."
        return Sentences(happened, f"{OTHER.capitalize()}.", _sentence(f.error.summary))
    return Sentences(
        f"{f.row.label} did not accept the question for {_model(f)}{f.status}.",
        OTHER_MODEL,
    )


def _content_filter(f: Failure) -> Sentences:
    happened = f"{f.row.label}'s content filter refused the question{f.status}."
    return Sentences(happened, f"Rephrase it, or {OTHER}.")


def _empty(f: Failure) -> Sentences:
    happened = "had nothing to add" if f.begun else "sent an empty answer"
    return Sentences(f"{f.row.label} {happened}.", _continue(f))


def _only_thoughts(f: Failure) -> Sentences:
    model = quoted(f.model) if f.model else f"The model of {f.row.label}"
    happened = f"{model} only thought and wrote no answer."
    return Sentences(happened, "Ask for less, or choose another model.")


def _tool_call(f: Failure) -> Sentences:
    model = quoted(f.model) if f.model else f"The model of {f.row.label}"
    happened = f"{model} tried to call a tool, although none was offered."
    return Sentences(happened, OTHER_MODEL)


def _server(f: Failure) -> Sentences:
    advice = _continue(f) if f.begun else _soon()
    return Sentences(f"{f.row.label} had an internal error{f.status}.", advice)


def _garbage(f: Failure) -> Sentences:
    return Sentences(
        f"{f.row.label} sent a response that I cannot read.",
        _continue(f),
        f"If this continues, check {f.address}.",
    )


def _model(f: Failure) -> str:
    return quoted(f.model) if f.model else "its model"


def _sentence(summary: str) -> str:
    return f"{summary[:1].upper()}{summary[1:]}."


def _soon() -> str:
    return f"Ask again in a minute, or {OTHER}."


def _later() -> str:
    return f"Ask again later, or {OTHER}."


def _continue(f: Failure) -> str:
    return "Press *Continue* for the rest." if f.begun else f"Ask again, or {OTHER}."


_BY_REASON: dict[str, Callable[[Failure], Sentences]] = {
    "auth": _auth,
    "bad_request": _bad_request,
    "billing": _billing,
    "content_filter": _content_filter,
    "context_length": _context_length,
    "empty": _empty,
    "gone": _gone,
    "loading": _loading,
    "malformed_key": _auth,
    "not_found": _not_found,
    "only_thoughts": _only_thoughts,
    "tool_call": _tool_call,
    "overloaded": _overloaded,
    "permission": _permission,
    "rate_limit": _rate_limit,
    "server": _server,
    "timeout": _timeout,
    "too_large": _too_large,
    "truncated": _truncated,
    "unavailable": _unavailable,
    "validation": _bad_request,
    "wrong_address": _wrong_address,
}
