"""Texts about providers and models; errors have their sentences in ``failures``."""

from collections.abc import Sequence

from bot.providers.preferences import Scope

# Why a question goes to a provider.
IN_QUESTION = "chosen in the question"
CHOSEN = {
    Scope.ME: "chosen by you",
    Scope.CHANNEL: "chosen for this channel",
    Scope.SERVER: "chosen for this server",
}
BY_SERVER = "this server's setting"
BY_OWNER = "chosen by the bot's owner"
FIRST = "the first provider that is set up"
INSTEAD = "{label} keeps failing at the moment"
NONE = "no provider is set up"
LOCAL_ONLY = "only local models may answer here"
NO_LOCAL = "only local models may answer here, and none is running"
BADGE = "🔒 local models only"

GOES_TO = "Questions asked here go to **{label}**{model} ({why})."
GOES_NOWHERE = "🔴 Questions asked here cannot be answered, because no provider is set up. {advice}"
GOES_NOWHERE_LOCAL = (
    "🔴 Questions asked here cannot be answered: only local models may, and none is running."
)
WOULD_FAIL = (
    "🔴 {label} cannot answer at the moment, so a question would fail. "
    "Choose another model with `/model`."
)
SET_A_KEY = "Set an API key in `.env` and restart the bot."
ASK_OPERATOR = "Ask the person who runs this bot to set one up."
DEFAULT_MODEL = "its default model"
OWN_MODEL = "its own model"
HOW_TO_CHOOSE = "-# Change this with `/model model:`, or remove a choice with `/model forget:`."
FORGOTTEN = {
    Scope.ME: "Your choice was removed.",
    Scope.CHANNEL: "The choice for this channel was removed.",
    Scope.SERVER: "The choice for this server was removed.",
}

USE_INSTEAD = "Use {label} instead"
NO_SERVER = "This is no server that I am a member of. Leave out `where:` to choose for yourself."
NEEDS = {
    Scope.CHANNEL: "You need the *Manage Channels* permission to choose for this channel.",
    Scope.SERVER: "You need the *Manage Server* permission to choose for this server.",
}
FOR_YOURSELF = "Leave out `where:` to choose for yourself."

NOT_LOCAL = (
    "Only local models may answer here, and {label} is not one, so I do not ask it. "
    "Choose a local one, or ask elsewhere."
)
NO_LOCAL_MODEL = (
    "Only local models may answer here, and none is running, so I asked nobody. "
    "Ask elsewhere, or tell somebody who manages this server: they can have one started, "
    "or allow other models with `/settings set local`."
)

NO_MODEL = "This names no model. Type part of a name after `model:` and pick one from the list."
NO_SUCH_PROVIDER = "There is no provider {typed}. Choose one of: {labels}."
NOT_SET_UP = "{label} is not set up here."
SET_KEY = "Set {variable} in `.env` and restart me to use it."
START_IT = "Start it, or set {variable} to its address."
NO_PROVIDER = "No language model is set up. Ask the person who runs this bot to set one up."
ONE_OF = "Choose one of: {labels}."
NOT_LISTED = "{label} does not list {model}."
LISTED_NOWHERE = "No provider lists the model {model}."
NOT_FOR_CHAT = "{model} is not a chat model."
MORE_MODELS = "… {count} more: type part of the name"

IMAGES_REFUSED = (
    "The model did not take the attached pictures, so it answered without them. "
    "Choose another one with `/ask model:`."
)
# For the model.
IMAGES_NOT_SHOWN = "(The attached pictures could not be shown to you.)"

# The status of a provider.
NOT_CHECKED = "set up, not checked"
KEY_MISSING = "not set up{missing}"
MISSING = ": {variable} is missing"
NEEDS_KEY = "running{where}, but requires a key"
NOT_RUNNING = "not running{where}"
AT = " at `{address}`"
SOMETHING_ELSE = "something else is running at its address{status}."
CHECK = " Check {variable}."
FAILING = "{failures} failures in a row: others are asked first (next check {when})"
PLACES = "{taken} of {size} places taken"
IN_LINE = ", {waiting} in line"
FIRST_WORDS = "first words {bar}"
LAST_ERROR = " · last error: {happened}{said} ({when})"
LAST_SEEN = "{said} ({when})"
SAID = "It said: {said}"
SUCCEEDS = "{successor} (replaces {model}, retired on {ended})"

# Why no text was generated for a digest.
REFUSED = "{label} refused to write it."
BLOCKED = "{label}'s content filter blocked the text."
ONLY_THOUGHT = "{model} only thought and wrote no text."
USED_UP = "{model} used its whole length limit for thinking."
CALLED_TOOL = "{model} tried to call a tool, although none was offered."
EMPTY = "{label} sent an empty answer."
CUT_OFF = "{label} did not finish its answer."


def did_you_mean(names: Sequence[str]) -> str:
    """Return the question that offers a few names, already quoted."""
    *others, last = names
    return f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"
