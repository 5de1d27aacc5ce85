"""Errors that belong to no feature, and their sentences."""

LOGIN_REFUSED = (
    "Discord refused the bot's token. Create a new one at https://discord.com/developers/applications "
    "(your application, Bot, Reset Token) and set DISCORD_BOT_TOKEN."
)
INTENTS_REFUSED = (
    "Discord refused the bot's intents (4014). Allow them at https://discord.com/developers/applications "
    "(your application, Bot, Privileged Gateway Intents)."
)
OUR_FAULT = "I ran into an internal error. Try again; if it keeps happening, tell the person who runs this bot."
NO_DATABASE = "I cannot reach my database, so nothing was changed. Try again in a minute."


class Refused(Exception):
    """The bot does not take a request; the text is what the person reads."""
