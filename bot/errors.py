"""An error -> what the person reads: one sentence of what happened, one of what to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors import ConnectorError, InvalidResponse, MissingApiKey, OutOfMemory, Provider
from connectors.shared import SUMMARIES

LOGIN_REFUSED = (
    "Discord refused the bot's token. Make a new one at https://discord.com/developers/applications "
    "(your application, Bot, Reset Token) and set DISCORD_BOT_TOKEN."
)
NO_DATABASE = "I cannot reach my database, so nothing was changed. Try again in a minute."
OTHER = "choose another provider with `/ask provider:`"


class Refused(Exception):
    """The bot does not take a request; the text is what the person reads."""


class DatabaseUnavailable(Exception):
    """The database cannot be reached or does not answer; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A provider's error, and what is known about the question it ended."""

    error: ConnectorError
    row: Provider
    model: str | None = None
    nearest: Sequence[str] = ()  # live model names close to one the provider does not know
    begun: bool = False  # whether part of the answer is on the screen

    @property
    def status(self) -> str:
        """The status in brackets, where there is one that says something."""
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


def explain(failure: Failure) -> str:
    """Return what happened, then what to do, with real values."""
    return " ".join(_sentences(failure))


def what_happened(failure: Failure) -> str:
    """Return only the first sentence."""
    return _sentences(failure)[0]


def quoted(name: str | None) -> str:
    """Return a model's name as inline code, harmless whatever it holds."""
    return f"`{' '.join(name.replace('`', chr(39)).split())[:100]}`" if name else "its own model"


def plain_name(names: Sequence[str]) -> str:
    """Return the variable's plain name, which stands after the one with ``ABI_``."""
    return next(iter([*names[1:2], *names]), "")


def _sentences(failure: Failure) -> tuple[str, str]:
    if isinstance(failure.error, InvalidResponse) and failure.error.reason != "truncated":
        return _garbage(failure)
    return _BY_REASON.get(failure.error.reason, _server)(failure)


def _auth(f: Failure) -> tuple[str, str]:
    if isinstance(f.error, MissingApiKey):
        if f.error.reason == "malformed_key":
            return (
                f"The key of {f.row.label} cannot be used: {f.error.summary}.",
                "Restart the bot then.",
            )
        return f"{f.row.label} has no key.", f"Set {f.key} in `.env` and restart the bot."
    return f"{f.row.label} refused the key{f.status}.", f"Check {f.key}."


def _permission(f: Failure) -> tuple[str, str]:
    return (
        f"{f.row.label} does not let this key use {quoted(f.model)}{f.status}.",
        f"Check the rights and the region of {f.key}, or choose another model.",
    )


def _billing(f: Failure) -> tuple[str, str]:
    return (
        f"The {f.row.label} account has no credit left{f.status}.",
        f"Add credit to it, {_or_wait(f)}or {OTHER}.",
    )


def _or_wait(f: Failure) -> str:
    return "" if f.error.retry_after is None else f"ask again in {_span(f.error.retry_after)}, "


def _span(wait_s: float) -> str:
    return f"{max(round(wait_s), 1)} s" if wait_s < 120 else f"{round(wait_s / 60)} min"


def _rate_limit(f: Failure) -> tuple[str, str]:
    wait_s = f.error.retry_after
    when = "in a minute" if wait_s is None else f"in {_span(wait_s)}"
    return f"{f.row.label} is being asked too fast{f.status}.", f"Ask again {when}."


def _not_found(f: Failure) -> tuple[str, str]:
    names = ", ".join(map(quoted, f.nearest))
    mend = f"It has: {names}." if names else "Choose another one with `/ask model:`."
    return f"{f.row.label} does not know the model {quoted(f.model)}{f.status}.", mend


def _gone(f: Failure) -> tuple[str, str]:
    return (
        f"{f.row.label} says that {quoted(f.model)} or its address no longer exists{f.status}.",
        f"Choose another model, or check {f.address}.",
    )


def _wrong_address(f: Failure) -> tuple[str, str]:
    return f"Nothing answers at the address of {f.row.label}{f.status}.", f"Check {f.address}."


def _content_filter(f: Failure) -> tuple[str, str]:
    return (
        f"The content filter of {f.row.label} refused the question{f.status}.",
        f"Ask in other words, or {OTHER}.",
    )


def _context_length(f: Failure) -> tuple[str, str]:
    return (
        f"This is more text than {quoted(f.model)} of {f.row.label} can read at once.",
        "Shorten the question, or choose a model with a larger context.",
    )


def _unavailable(f: Failure) -> tuple[str, str]:
    mend = f"Start it, or set {f.address} to where it runs."
    return (
        f"{f.row.label} cannot be reached{f.status}.",
        mend if f.row.is_local else f"Ask again in a minute, or {OTHER}.",
    )


def _overloaded(f: Failure) -> tuple[str, str]:
    return f"{f.row.label} is overloaded{f.status}.", f"Ask again in a minute, or {OTHER}."


def _loading(f: Failure) -> tuple[str, str]:
    return f"{f.row.label} is still loading {quoted(f.model)}{f.status}.", "Ask again in a minute."


def _timeout(f: Failure) -> tuple[str, str]:
    happened = "fell silent in the middle of its answer" if f.begun else "took too long to answer"
    return f"{f.row.label} {happened}.", _go_on(f)


def _truncated(f: Failure) -> tuple[str, str]:
    when = "in the middle of its answer" if f.begun else "before the first word"
    return f"{f.row.label} broke off {when}.", _go_on(f)


def _go_on(f: Failure) -> str:
    return "Press *Continue* for the rest." if f.begun else f"Ask again, or {OTHER}."


def _too_large(f: Failure) -> tuple[str, str]:
    if not isinstance(f.error, OutOfMemory):
        return (
            f"The question is too large for {f.row.label}{f.status}.",
            "Shorten it and ask again.",
        )
    return f"The answer of {f.row.label} is larger than I can take.", "Ask for less at once."


def _refused(f: Failure) -> tuple[str, str]:
    if f.error.status is None and f.error.summary != SUMMARIES[f.error.reason]:
        # It was refused here, before anything was sent.
        return f"{f.row.label} was not asked: {f.error.summary}.", "Set it right, or " + OTHER + "."
    return (
        f"{f.row.label} did not accept the question for {quoted(f.model)}{f.status}.",
        "Choose another model.",
    )


def _server(f: Failure) -> tuple[str, str]:
    mend = _go_on(f) if f.begun else f"Ask again in a minute, or {OTHER}."
    return f"{f.row.label} had an error of its own{f.status}.", mend


def _garbage(f: Failure) -> tuple[str, str]:
    return (
        f"{f.row.label} sent something that is no answer.",
        f"Ask again; if it stays so, check {f.address}.",
    )


_BY_REASON: dict[str, Callable[[Failure], tuple[str, str]]] = {
    "auth": _auth,
    "malformed_key": _auth,
    "permission": _permission,
    "billing": _billing,
    "rate_limit": _rate_limit,
    "not_found": _not_found,
    "gone": _gone,
    "wrong_address": _wrong_address,
    "content_filter": _content_filter,
    "context_length": _context_length,
    "unavailable": _unavailable,
    "overloaded": _overloaded,
    "loading": _loading,
    "timeout": _timeout,
    "truncated": _truncated,
    "too_large": _too_large,
    "bad_request": _refused,
    "validation": _refused,
    "server": _server,
}
