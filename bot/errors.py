"""Errors and sentences that belong to no feature."""

OUR_FAULT = (
    "I ran into an internal error. Try again; if it keeps happening, "
    "tell the person who runs this bot."
)
NO_DATABASE = "I cannot reach my database, so nothing was changed. Try again in a minute."
RESTARTING = "I am restarting. Try again in a minute."
IN_OTHER_WORDS = "I could not do that. Try again in other words."


class Refused(Exception):
    """The bot refuses a request; the person reads the text."""
