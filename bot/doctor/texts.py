"""Texts of the doctor: what each check found, then what to do."""

# The lines, by what is looked at.
VERSION, TOKEN, APPLICATION, SERVERS = "Version", "Token", "Application", "Servers"
INSTALLS, INTENTS, COMMANDS = "User install", "Intents", "Commands"
PROVIDERS, DATABASE = "Providers", "Database"
DISK, CLOCK, PERMISSIONS, SHARDS = "Disk", "Clock", "Permissions here", "Shards"

VERSIONS = "Abi {ours}, Python {python}, discord.py {library}"
NOT_KNOWN = "not known: Discord could not be asked"
TOOK_TOO_LONG = "no answer within {seconds:.0f} s"

VARIABLES, RENAME = "Variables", "Rename or unset it."
MISNAMED = "{found} is set, but the bot reads {meant}"
CORRECT = "Correct it in the environment or in .env."
NONE_SET = "none is set"
GET_ONE = (
    "Copy it from https://discord.com/developers/applications (your application, Bot, "
    "Reset Token) and set DISCORD_BOT_TOKEN."
)
ACCEPTED = "accepted by Discord"
REFUSED = "refused by Discord"
NOT_ASKED = "Discord could not be asked: {why}"
CHECK_NETWORK = "Check this machine's network, its proxy (HTTPS_PROXY) and discordstatus.com."

APPLICATION_IS = "{name}, {id}"
IN_SERVERS = "in {servers}"
IN_NO_SERVER = "in no server yet"
INVITE = "Invite it: {url}"
WITHOUT = ", everywhere without {permissions}"
INVITE_AGAIN = "Invite it again, which adds that: {url}"

BY_PEOPLE = "people can install it for themselves, and use it everywhere: {url}"
ONLY_IN_SERVERS = (
    "off; to let people install it for themselves, switch it on (developer portal, your "
    "application, Installation) and restart the bot"
)

CONTENT_GRANTED = "Message Content is granted"
CONTENT_ABSENT = (
    "Message Content is not granted; only digests and messages without a mention need it "
    "(developer portal, your application, Bot)"
)

COMMANDS_REGISTERED = "{commands} registered"
COMMANDS_ABSENT = "none is registered"
COMMANDS_DIFFER = "Discord has other commands than this version"
REGISTER = "Start the bot: it registers them by itself."
REGISTER_AGAIN = "Restart the bot: it registers them by itself."

ANSWERS = "answers ({ms:.0f} ms) with {model}"
NOT_PROBED = "is set up, with {model}"
SUCCEEDS = " (replaces {model}, retired on {day})"
NO_KEY = "not set up ({variable})"
NO_KEY_PUBLIC = "not set up"
NOT_RUNNING = "not running at {address}"
NOT_RUNNING_PUBLIC = "not running"
NOT_LISTED = "answers, but does not list its model {model}"
DEFAULT_RETIRED = "no longer offers {model}, its default here"
CHOOSE_MODEL = "Set {variable} to one of its models{such_as}."
SUCH_AS = ", such as {names}"
LOOK_AGAIN = "Look again in some minutes; if it stays so, see the provider's status page."
NO_PROVIDER = "none answers, so no question can be answered"
MEND_ONE = "Mend one of those above."
SET_UP_PROVIDER = (
    "Set a key, such as OPENAI_API_KEY, or start Ollama, LM Studio, vLLM or MLX on this machine."
)
ASK_OPERATOR = "Tell the person who runs this bot."

DATABASE_IS = "{kind}, {where}: {tables}{size}, writable"
TABLES, NO_TABLES = "schema {version}", "no tables yet, made at the first start"
OLD_TABLES = "schema {version}, brought to {head} at the next start"
DATABASE_TROUBLE = "{kind}, {where}: {cause}"
WAIT = "Wait until it is back, or see its own log."
DATABASE_WORKS, DATABASE_FAILS = "works", "has a problem; the person who runs this bot can see more"

LASTING = "files last, {free} free"
NOT_LASTING = "files do not last"
NOT_LASTING_PUBLIC = "nothing can be kept for later here"
NEARLY_FULL = "only {free} free"
MAKE_SPACE = "Make room on the disk with {folder}."
NOT_SEEN = "its folder cannot be looked at"
DISK_NOT_NEEDED = "nothing of value is kept in files"

CLOCK_RIGHT = "agrees with Discord's"
CLOCK_WRONG = "{seconds:,.0f} s {direction} Discord's"
AHEAD, BEHIND = "ahead of", "behind"
SET_CLOCK = "Set this machine's clock, such as by NTP: reminders come that much too {late}."
EARLY, LATE = "early", "late"

# What does not work without a permission.
TO_HEAR = "hearing a mention"
TO_WRITE = "answering a mention, reminders, digests"
TO_WRITE_IN_THREADS = "answering in threads"
TO_OPEN_THREADS = "opening a thread for a conversation"
TO_READ = "digests, and looking back after a restart"
TO_ATTACH = "long answers as a file"
TO_EMBED = "previews of links"
ALL_HELD = "all that are needed"
IN_DM = "not needed in direct messages"
NOT_HERE = "not a member of this server: only commands work, and answers end after 15 minutes"
LACKS = "missing: {permissions}"
GIVE = "Give them to the bot's role (channel settings, Permissions)."

# In Discord.
FOR_MANAGERS = (
    "Only people who manage this server, and the person who runs this bot, can use `/doctor`."
)
MORE_FOR_OPERATOR = "-# The person who runs this bot sees more here, such as what to set where."
ALL_WELL = "All is well."
