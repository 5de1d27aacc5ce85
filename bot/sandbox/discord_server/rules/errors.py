"""Discord's error codes, their texts and the nested errors of forms."""

from collections.abc import Sequence
from typing import Any

KNOWN: dict[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    405: (405, "405: Method Not Allowed"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20016: (429, "This action cannot be performed due to slowmode rate limit."),
    30032: (400, "Maximum number of application commands reached (100)."),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    40001: (401, "401: Unauthorized"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    40094: (400, "Maximum number of follow-up messages reached."),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50016: (
        400,
        "Provided too few or too many messages to delete. Must be at least 2 and at most 100.",
    ),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50240: (
        400,
        "You cannot remove this app's Entry Point command in a bulk update operation.",
    ),
    50033: (400, "Invalid Recipient(s)"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
    160014: (403, "The application needs the message content intent to forward this message"),
    200000: (400, "Message was blocked by automatic moderation"),
    200001: (400, "Title was blocked by automatic moderation"),
    240000: (400, "Message blocked by harmful links filter"),
}


class DiscordError(Exception):
    """An error answer of the REST API."""

    def __init__(
        self, code: int, *, errors: dict[str, Any] | None = None, status: int | None = None
    ) -> None:
        known_status, self.message = KNOWN.get(code, (400, "Invalid Form Body"))
        super().__init__(f"{code}: {self.message}")
        self.code = code
        self.status = status or known_status
        self.errors = errors

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.code in (405, 40001):
            body["code"] = 0
        if self.errors:
            body["errors"] = self.errors
        return body


class FormErrors:
    """The errors of a body's fields, for one 50035."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}

    def add(self, path: Sequence[str | int], code: str, message: str) -> None:
        node = self.tree
        for part in path:
            node = node.setdefault(str(part), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: Sequence[str | int], value: object, low: int, high: int) -> None:
        """Add an error if value is a string outside low..high characters."""
        if not isinstance(value, str) or low <= len(value) <= high:
            return
        if low and not value:
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif low:
            text = f"Must be between {low} and {high} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", text)
        else:
            self.at_most(path, len(value), high)

    def at_most(self, path: Sequence[str | int], length: int, high: int) -> None:
        """Add an error if length is above high."""
        if length > high:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")

    def count(self, path: Sequence[str | int], value: object, low: int, high: int) -> None:
        """Add an error if value is a list with fewer than low or more than high items."""
        if isinstance(value, list) and not low <= len(value) <= high:
            text = f"Must be between {low} and {high} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", text)

    def required(self, path: Sequence[str | int], value: object) -> bool:
        """Return whether value is not None; add an error if it is."""
        if value is None:
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        return value is not None

    def one_of(self, path: Sequence[str | int], allowed: Sequence[object]) -> None:
        choices = ", ".join(str(choice) for choice in allowed)
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")

    def raise_if_any(self) -> None:
        if self.tree:
            raise DiscordError(50035, errors=self.tree)


def form_error(path: Sequence[str | int], code: str, message: str) -> DiscordError:
    """Return a 50035 for one field."""
    errors = FormErrors()
    errors.add(path, code, message)
    return DiscordError(50035, errors=errors.tree)
