"""Texts that the person who runs the bot reads in a terminal; log lines stay where they are."""

USAGE = "Usage: python -m bot [run|scheduler|sandbox]\n"
HELP = f"""{USAGE}
  run         Run the bot (the default).
  scheduler   Run scheduled jobs only, such as reminders, beside a bot; no commands.
  sandbox     Try the whole bot in a browser, without a token or an account.
  --help      Show this help.

Variables are read from the environment and from .env; .env.example lists them all.
`python -m connectors` shows which providers are set up and whether they answer.
"""
HOW_TO_SET_UP = """\
No Discord token is set. To get one:
  1. Open https://discord.com/developers/applications and create an application.
  2. Under Bot, press Reset Token and copy the token.
  3. Put it into a file named .env beside the README: DISCORD_BOT_TOKEN=...
Just looking? `make sandbox` shows the whole bot in a browser, without a token or an account.
"""
LOGIN_REFUSED = (
    "Discord refused the bot's token. Make a new one at "
    "https://discord.com/developers/applications (your application, Bot, Reset Token) and set "
    "DISCORD_BOT_TOKEN."
)
INTENTS_REFUSED = (
    "Discord refused the bot's intents (4014). Allow them at "
    "https://discord.com/developers/applications (your application, Bot, "
    "Privileged Gateway Intents)."
)
NO_STORAGE = "The scheduler has no storage to share with the bot: %s. Set %s for both."
NO_FILES = "files do not last here"
