"""Errors of providers in sentences: what happened, then what to do."""

import re
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from bot.providers.model_names import quoted
from bot.providers.reader import Reader
from bot.providers.texts import SAID
from bot.text.formatting import inline_code
from connectors import (
    ConnectorError,
    InvalidResponse,
    MissingApiKey,
    OutOfMemory,
    Provider,
)
from connectors.provider import plain_name
from connectors.shared import HOST_NOT_FOUND, SUMMARIES

OTHER = "choose another provider with `/ask provider:`"
ANOTHER = "Choose another provider with `/ask provider:`."
AGAIN = f"Ask again, or {OTHER}."
SOON = f"Ask again in a minute, or {OTHER}."
LATER = f"Ask again later, or {OTHER}."
LOCAL = (
    "Only local models may answer here: ask again in a minute, or tell somebody who manages this "
    "server."
)
LOCAL_FOR_MANAGERS = (
    "Only local models may answer here: ask again in a minute. `/providers` shows which are "
    "running, and `/settings` who may answer."
)
OPERATORS = "Only the person who runs this bot can mend that."
CONTINUE = "Press *Continue* for the rest."
# Some servers of models that cannot see answer no more than 500.
_PERHAPS_OF_IMAGES = ("bad_request", "validation", "too_large", "context_length", "server")
_OF_IMAGES = re.compile(r"\bimages?\b|image_|vision|multi-?modal|modalit|图像|图片", re.IGNORECASE)
OTHER_MODEL = "Choose another model with `/ask model:`, or another provider with `/ask provider:`."


class Failure(msgspec.Struct, frozen=True):
    """A provider's error, with what is known about the question."""

    error: ConnectorError
    row: Provider
    model: str | None = None
    nearest: Sequence[str] = ()  # listed names similar to one the provider does not know
    begun: bool = False  # part of the answer is shown
    # The provider's own words, without keys and quotations of the question.
    said: str = ""
    address_is_default: bool = False  # it was not set, so it cannot be set wrongly
    at: float = msgspec.field(default_factory=time.time)  # seconds since the epoch

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


class Sentences(msgspec.Struct, frozen=True):
    """A failure in words, and advice for anyone, and for the bot's owner if that differs."""

    happened: str
    advice: str
    operator: str = ""


def may_be_about_images(error: ConnectorError) -> bool:
    """Return whether a question with pictures may have been refused because of them."""
    return error.reason in _PERHAPS_OF_IMAGES or _OF_IMAGES.search(error.detail) is not None


def broke_in_stream(error: ConnectorError) -> bool:
    """Return whether it failed after the response began: the connector retries what is before."""
    return error.reason == "truncated" or error.status == 200


def explain(
    failure: Failure, reader: Reader = Reader.MEMBER, *, is_local_only: bool = False
) -> str:
    """Return what happened, then what the reader can do, and to whom it may concern also why."""
    said = _sentences(failure)
    local = LOCAL if reader is Reader.MEMBER else LOCAL_FOR_MANAGERS
    advice = local if is_local_only else said.advice
    if reader is Reader.OWNER:
        advice = said.operator or advice
    elif _wrong_setting(failure):
        advice = f"{advice} {OPERATORS}"
    quoted = [SAID.format(said=inline_code(failure.said, 300))] if failure.said else []
    return " ".join([said.happened, advice, *(quoted if reader is not Reader.MEMBER else [])])


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


def for_operator(failure: Failure) -> str:
    """Return what the person who runs the bot can do, or "" if that is only to wait."""
    return _sentences(failure).operator


def for_log(failure: Failure) -> str:
    """Return the error, what the owner can do, and the provider's words, in one line."""
    hint = _sentences(failure).operator.removeprefix(_sentence(failure.error.summary)).strip()
    said = f'It said: "{failure.said}"' if failure.said else ""
    return " ".join(filter(None, [f"{failure.error}.", hint, said]))


def _sentences(failure: Failure) -> Sentences:
    reason = failure.error.reason
    if isinstance(failure.error, InvalidResponse) and reason == "server":
        reason = "unreadable"
    if reason in _SPECIAL:
        return _SPECIAL[reason](failure)
    said = _PLAIN.get(reason, _PLAIN["server"])
    if failure.begun and reason in _MIDWAY:
        said = replace(said, happened=_MIDWAY[reason], advice=CONTINUE)
    label, model = failure.row.label, failure.model
    values = {
        "label": label,
        "status": failure.status,
        "model": quoted(model) if model else "its model",
        "the_model": quoted(model) if model else f"The model of {label}",
        "key": failure.key,
        "address": failure.address,
    }
    return Sentences(said.happened.format(**values), said.advice, said.operator.format(**values))


def _auth(f: Failure) -> Sentences:
    if f.error.reason == "malformed_key":
        operator = f"{_sentence(f.error.summary)} Then restart the bot."
        return Sentences(f"The key of {f.row.label} cannot be used.", LATER, operator)
    if isinstance(f.error, MissingApiKey):
        operator = f"Set {f.key} in `.env` and restart the bot."
        return Sentences(f"{f.row.label} is not set up here.", ANOTHER, operator)
    happened = f"{f.row.label} refused the key{f.status}."
    return Sentences(happened, LATER, f"Check {f.key}.")


def _billing(f: Failure) -> Sentences:
    when = "later" if f.error.retry_after is None else in_words(f.error.retry_after)
    return Sentences(
        f"The {f.row.label} account has no credit left{f.status}.",
        f"Ask again {when}, or {OTHER}.",
        f"Add credit, raise the spending limit, or {OTHER}.",
    )


def _rate_limit(f: Failure) -> Sentences:
    when = "in a minute" if f.error.retry_after is None else in_words(f.error.retry_after)
    happened = f"{f.row.label} is receiving too many requests{f.status}."
    return Sentences(happened, f"Ask again {when}.")


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
        happened = f"{f.row.label} found no model to answer with{f.status}."
        return Sentences(happened, advice, operator)
    return Sentences(f"{f.row.label} does not know the model {quoted(f.model)}{f.status}.", advice)


def _unavailable(f: Failure) -> Sentences:
    start = f"Start it, or set {f.address} to its address." if f.row.is_local else ""
    return Sentences(f"{f.row.label} cannot be reached{f.status}.", SOON, start)


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
            return Sentences(f"{f.row.label} was not asked: {f.error.summary}.", LATER)
        happened = f"{f.row.label} could not be asked."
        return Sentences(happened, ANOTHER, _sentence(f.error.summary))
    model = quoted(f.model) if f.model else "its model"
    happened = f"{f.row.label} did not accept the question for {model}{f.status}."
    return Sentences(happened, OTHER_MODEL)


def _sentence(summary: str) -> str:
    return f"{summary[:1].upper()}{summary[1:]}."


_SPECIAL: dict[str, Callable[[Failure], Sentences]] = {
    "auth": _auth,
    "bad_request": _bad_request,
    "billing": _billing,
    "malformed_key": _auth,
    "not_found": _not_found,
    "rate_limit": _rate_limit,
    "too_large": _too_large,
    "unavailable": _unavailable,
    "validation": _bad_request,
}
_PLAIN = {
    "content_filter": Sentences(
        "{label}'s content filter refused the question{status}.", f"Rephrase it, or {OTHER}."
    ),
    "context_length": Sentences(
        "This is more text than {model} of {label} can read at once.",
        "Shorten the question, or choose a model with a larger context.",
    ),
    "empty": Sentences("{label} sent an empty answer.", AGAIN),
    "gone": Sentences(
        "{label} says that {model} or its address no longer exists{status}.",
        OTHER_MODEL,
        "Choose another model, or check {address}.",
    ),
    "loading": Sentences("{label} is still loading {model}{status}.", "Ask again in a minute."),
    "only_thoughts": Sentences(
        "{the_model} only thought and wrote no answer.", "Ask for less, or choose another model."
    ),
    "not_local": Sentences("{label} was not asked, since {model} does not run here.", LOCAL),
    "overloaded": Sentences("{label} is overloaded{status}.", SOON),
    "permission": Sentences(
        "{label} does not allow this key to use {model}{status}.",
        OTHER_MODEL,
        "Check the permissions and the region of {key}, or choose another model.",
    ),
    "queue": Sentences(
        "{label} had no room for this question in all the time that an answer may take.", LATER
    ),
    "server": Sentences("{label} had an internal error{status}.", SOON),
    "timeout": Sentences("{label} took too long to answer.", AGAIN),
    "too_slow": Sentences("{label} took too long to answer.", AGAIN),
    "tool_call": Sentences(
        "{the_model} tried to call a tool, although none was offered.", OTHER_MODEL
    ),
    "truncated": Sentences("The answer of {label} was cut off before the first word.", AGAIN),
    "unreadable": Sentences(
        "{label} sent a response that I cannot read.", AGAIN, "If this continues, check {address}."
    ),
    "wrong_address": Sentences(
        "Nothing answers at the address of {label}{status}.", ANOTHER, "Check {address}."
    ),
}
# What happened where part of the answer is shown already.
_MIDWAY = {
    "empty": "{label} had nothing to add.",
    "server": "{label} had an internal error{status}.",
    "timeout": "{label} stopped responding in the middle of its answer.",
    "too_slow": "{label} took too long, so I ended its answer.",
    "truncated": "The answer of {label} was cut off in the middle.",
    "unreadable": "{label} sent a response that I cannot read.",
}
