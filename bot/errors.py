"""Errors and sentences that belong to no feature."""

import logging

from connectors import ConnectorError
from connectors.discord import codes

log = logging.getLogger(__name__)

OUR_FAULT = (
    "I ran into an internal error. Try again; if it keeps happening, "
    "tell the person who runs this bot."
)
NO_DATABASE = "I cannot reach my database, so nothing was changed. Try again in a minute."
IN_DOUBT = (
    "My database did not answer in time, so I do not know whether that was done. "
    "Check before you repeat it."
)
NOT_STORABLE = (
    "I cannot store that: it is too long, or contains a character that is not text. "
    "Shorten it or type it again."
)
RESTARTING = "I am restarting. Try again in a minute."
IN_OTHER_WORDS = "I could not do that. Try again in other words."
# Said by a process that could not do something; another one may have done it.
FAILURES = frozenset({OUR_FAULT, NO_DATABASE, IN_DOUBT, RESTARTING})


class Refused(Exception):
    """The bot refuses a request; the person reads the text."""


class PrivateRefusal(Refused):
    """A refusal that nobody else needs to read, where there is a way to tell only one person."""


class AnsweredElsewhere(Exception):
    """Another process, which shares only the bot's token, answers the interaction."""


def cannot_be_answered(error: Exception) -> bool:
    """Return whether an error means that another process has responded, or that it is too late."""
    if isinstance(error, AnsweredElsewhere):
        log.info("discord: another process answers an interaction")
        return True
    is_unknown = (
        isinstance(error, ConnectorError) and error.provider_code == codes.UNKNOWN_INTERACTION
    )
    if is_unknown:
        log.warning("discord: an interaction came too late to be answered")
    return is_unknown
