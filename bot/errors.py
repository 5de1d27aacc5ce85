"""Errors and sentences that belong to no feature."""

LOGIN_REFUSED = (
    "Discord refused the bot's token. Create a new one at "
    "https://discord.com/developers/applications (your application, Bot, Reset Token) "
    "and set DISCORD_BOT_TOKEN."
)
INTENTS_REFUSED = (
    "Discord refused the bot's intents (4014). Allow them at "
    "https://discord.com/developers/applications "
    "(your application, Bot, Privileged Gateway Intents)."
)
OUR_FAULT = (
    "I ran into an internal error. Try again; if it keeps happening, "
    "tell the person who runs this bot."
)
NO_DATABASE = "I cannot reach my database, so nothing was changed. Try again in a minute."


class Refused(Exception):
    """The bot refuses a request; the person reads the text."""
