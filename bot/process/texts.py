"""Texts that the person who runs the bot reads in a terminal; log lines stay where they are."""

USAGE = "Usage: python -m bot [run|scheduler|sandbox|doctor|migrate|backup [FILE]|restore FILE]\n"
HELP = f"""{USAGE}
  run         Run the bot (the default).
  scheduler   Run scheduled jobs only, such as reminders, beside a bot; no commands.
  sandbox     Try the whole bot in a browser, without a token or an account.
  doctor      Check everything that is set up, and say what to do. Changes nothing.
  migrate     Create the tables of the database, or bring them up to date.
  backup      Write everything the bot keeps into one file, while it runs.
  restore     Replace everything the bot keeps by such a file; the old data are kept.
  --help      Show this help.

`doctor` ends with 0 if all is well, 1 if there is something to do, 2 if the bot cannot run.
Variables are read from the environment and from .env; .env.example lists them all.
`python -m connectors` shows which providers are set up and whether they answer.
"""
HOW_TO_SET_UP = """\
No Discord token is set. To get one:
  1. Open https://discord.com/developers/applications and create an application.
  2. Under Bot, press Reset Token and copy the token.
  3. Put it into a file named .env beside the README: DISCORD_BOT_TOKEN=...
In a terminal, `make run` asks for it, and for a provider, and writes that file.
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
TWO_GATEWAYS = (
    "Another process of the bot uses {file}, and one SQLite file serves one: stop that process, or "
    "set DATABASE_URL to a PostgreSQL server, which processes can share."
)
NO_STORAGE = "The scheduler has no storage to share with the bot: %s. Set %s for both."
NO_FILES = "files do not last here"
NOTHING_TO_MIGRATE = "There is no lasting database to migrate: {loss}."
STILL_AWAY = "Gave up after half a minute: {summary}."
UNAVAILABLE = "Nothing was done: {summary}."
CANNOT_WRITE = "{path} cannot be written: {why}."
BACKED_UP = "Backed up {rows} to {path}."
RESTORED = "Restored {path}."
OLD = " What the database held before is in {path}."
NEWER_BACKUP = "{path} was written by a newer version of Abi. Install that version first."

# The banner.
READY = "{version}. Ready as {name} in {servers}."
INVITE = "Invite the bot to a server (Ctrl-C stops it):"

# The first run.
WELCOME = """\
Welcome to Abi. Three steps, and it runs. Your answers are kept in {path}, for you only.

1. The bot's token
   Open https://discord.com/developers/applications, create an application, open Bot,
   press Reset Token and copy the token. Switch on Message Content Intent on the same page
   if the bot should also read messages that do not mention it (digests need that).
"""
ASK_FOR_IT = "   Token (not shown while you paste it; Enter alone ends this): "
IT_IS_REFUSED = "   Discord refused this token. Copy it again, or reset it and copy the new one."
IT_IS_ACCEPTED = "   Accepted: {name}."
NO_ANSWER = "no answer in time"
NOT_CHECKED = "   Could not be checked ({why}); kept all the same."
PROVIDER = "\n2. A provider of language models"
HAS_PROVIDER = "   {labels}: nothing to do."
PROVIDERS = "   {number}  {label}"
ASK_PROVIDER = "   Which one? (number; Enter alone: later, or one that runs on this machine): "
NO_SUCH_NUMBER = "   Type a number from 1 to {last}, or only press Enter."
ASK_KEY = "   Key of {label} (not shown while you paste it; Enter alone: later): "
KEY_REFUSED = "   {label} refused this key. Copy it again."
KEY_ACCEPTED = "   Accepted."
INVITATION = "\n3. Invite the bot: open this page, and choose your server.\n\n{url}\n"
INSTALLATION = """\
   Or install it for yourself, and use it in every server and direct message. That needs
   User Install, on the page Installation of the application.

{url}
"""
STARTING = "Starting the bot; type /ask in your server. Ctrl-C stops it.\n"
ENDED = "\nNothing more was set up. Run this again to go on.\n"


def migrated(before: str | None, now: str) -> str:
    """Return what was done to the tables, whose version was None if there were none."""
    if before is None:
        return f"The tables of the database were created (version {now})."
    if before == now:
        return f"The database is up to date (version {now})."
    return f"The database was upgraded from version {before} to {now}."
