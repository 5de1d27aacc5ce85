"""Texts about the rules of servers; the keys are the names of rules."""

from bot.storage.limits import AtLimit

NOT_HERE = (
    "I do not answer questions in this channel. The managers of this server decide where I do."
)
NOT_YOU = "You may not ask me here. The managers of this server decide who may."
CANNOT_TELL = "I could not find out whether you may ask me here. Try again in a minute."

NOT_ALLOWED = "You need the *Manage Server* permission for that. Ask somebody who has it."
TOO_LATE = (
    "That can no longer be undone: it is more than ten minutes ago, or was changed again. "
    "Use `/settings show`."
)

TITLE = "**Settings of this server**"
HINT = "-# Choose one below to change it, or use `/settings set`."
CHOOSE = "Change a setting"
SECTIONS = {
    "Who may ask": ("roles_allowed", "roles_denied", "channels_allowed", "channels_denied"),
    "Who answers": ("model", "fallbacks", "is_local_only", "local_channels"),
    "How I answer": ("language", "shows_questions", "opens_threads", "answers_proxies"),
    "What may be used": ("limits_person", "limits_roles", "limits_server", "at_limit"),
    "What I keep": ("retention_days",),
    "Times and schedules": ("zone", "reminder_roles", "digest_roles"),
}
LABELS = {
    "roles_allowed": "Roles that may ask",
    "roles_denied": "Roles that may not ask",
    "channels_allowed": "Channels where I answer",
    "channels_denied": "Channels where I do not answer",
    "model": "Default model",
    "fallbacks": "If that fails",
    "is_local_only": "Models in this server",
    "local_channels": "Channels with local models only",
    "language": "Language of answers",
    "shows_questions": "Question above an answer",
    "opens_threads": "Answers to mentions",
    "answers_proxies": "Messages reposted by proxy bots",
    "limits_person": "Limits of each person",
    "limits_roles": "Limits of roles",
    "limits_server": "Limits of this server",
    "at_limit": "At a limit",
    "retention_days": "Conversations",
    "zone": "Time zone",
    "reminder_roles": "Reminders in channels",
    "digest_roles": "Digests",
}
ABOUT = {
    "roles_allowed": "Only people with one of these roles may ask me. With none, everyone may.",
    "roles_denied": "People with one of these roles may not ask me, whatever else they have.",
    "channels_allowed": (
        "I answer only in these channels, their threads, and the channels of these categories. "
        "With none, I answer everywhere."
    ),
    "channels_denied": "I do not answer in these channels, their threads, and these categories.",
    "model": (
        "Who is asked first where nobody has chosen with `/model`. "
        "More models: `/settings set model`."
    ),
    "fallbacks": (
        "Who is asked next, in this order, if the default fails. Each choice is added at the end. "
        "To ask nobody else: `/settings set fallbacks`, without a provider."
    ),
    "is_local_only": (
        "With only local ones, nothing that is said here reaches a company's servers: only models "
        "on the machine or in the network of the person who runs me answer. Nothing overrides it, "
        "neither `/ask` nor `/model` nor a digest."
    ),
    "local_channels": (
        "In these channels, their threads, and the channels of these categories, only models on "
        "the machine or in the network of the person who runs me answer, whatever is chosen."
    ),
    "language": (
        "I answer in this language unless somebody asks for another one, and write digests in it. "
        "More languages: `/settings set language`."
    ),
    "shows_questions": (
        "A line above the answer to a command says who asked what. "
        "Discord shows others only the name of the command."
    ),
    "opens_threads": (
        "A mention in a channel can be answered in a thread of its own, if I may open one. "
        "Replies go on where they stand, and so does `/ask`."
    ),
    "answers_proxies": (
        "PluralKit, Tupperbox and the like delete what somebody writes and post it again under "
        "another name. To answer those once, I wait a moment before each answer to a message."
    ),
    "limits_person": (
        "How much each person may use here, such as `20 questions/day, 3 questions/minute, "
        "$0.50/month`: questions a minute or a day, tokens and dollars a day or a month. Anyone "
        "who has used 80 % of a limit is told once."
    ),
    "limits_roles": (
        "How much each person with a role may use here; of several, the most generous counts. "
        "What is not named for a role is as for everybody. Set them with "
        "`/settings set limits` and a role."
    ),
    "limits_server": (
        "How much all people here may use together, with digests and titles. Whoever has set the "
        "limits is told once when 80 % of one is used."
    ),
    "at_limit": (
        "Who answers once a limit of a day or a month is reached: nobody until it resets; a model "
        "on the machine of the person who runs me, which costs nothing; or a cheaper model as long "
        "as the limit allows it, then such a local one. The line below the answer says so."
    ),
    "retention_days": (
        "How long questions and answers are remembered. What is older is deleted within an hour. "
        "More choices: `/settings set retention`."
    ),
    "zone": (
        "The clock of people who have not set `/timezone`: for the date in answers, and for new "
        "digests. People who set a reminder are asked for theirs. "
        "More zones: `/settings set timezone`."
    ),
    "reminder_roles": (
        "Only people with one of these roles may set reminders in channels; others get them as "
        "direct messages. With none, everyone may."
    ),
    "digest_roles": (
        "People with *Manage Server* may make digests, and people with one of these roles. "
        "Discord shows `/digest` to them once you allow it: *Server Settings > Integrations*."
    ),
}
# What a rule is where nobody has changed it.
DEFAULT = {
    "roles_allowed": "everyone",
    "roles_denied": "none",
    "channels_allowed": "everywhere",
    "channels_denied": "none",
    "model": "as the person who runs me has set up",
    "fallbacks": "as the person who runs me has set up",
    "local_channels": "none",
    "language": "that of each question",
    "limits_person": "none",
    "limits_roles": "none",
    "limits_server": "none",
    "zone": "none, so UTC",
    "reminder_roles": "everyone",
    "digest_roles": "only people with *Manage Server*",
}
# What a choice of one of two is called, the default first; the keys are the stored values.
EITHER = {
    "is_local_only": {False: "all that are set up", True: "🔒 local ones only"},
    "shows_questions": {True: "shown", False: "not shown"},
    "opens_threads": {False: "in the channel", True: "in a thread of their own"},
    "answers_proxies": {False: "not answered", True: "answered once"},
}
# The keys are the stored values, the default first.
AT_LIMIT = {
    AtLimit.NOBODY: "nobody answers until it resets",
    AtLimit.LOCAL: "a local model answers",
    AtLimit.CHEAPER: "a cheaper model answers, or a local one",
}
LIMITS_OF_ROLE = "<@&{role}>: {limits}"
LIMITS_OF_GONE = "{gone}: {limits}"
WRITE, WRITE_LIMITS = "Write limits", "Limits, or none"
DAYS = "kept for {days}"
DAYS_BY_DEFAULT = "kept for {days}, as the person who runs me has set up"
NOTHING_KEPT = "not remembered at all"
NO_FALLBACKS = "nobody else is asked"
THEN = ", then "
ONLY, ALSO = "only {names}", "also {names}"
GONE = "⚠️ a deleted one"
AND_MORE = "and {count} more"
PERSONA = "- Persona: {name} (`/persona`)"
NO_PERSONA = "- Persona: the built-in one (`/persona`)"
NO_LOCAL = (
    "-# ⚠️ No local model is running, so nobody answers there. The person who runs me can start one."
)
NOT_ASKED = "-# ⚠️ Only local models may answer in this server. Not asked: {names}."
CHOSEN = "-# {name} is asked before: it is chosen with `/model` for this server."
NOT_USABLE = "⚠️ {label} (cannot be asked at the moment)"

# To whoever changed a setting last, when a role or channel that it names is deleted.
WAS_DELETED = (
    "⚠️ {name} was deleted in {server}, where the setting *{label}* names it. {effect} "
    "Look at `/settings show` there."
)
WAS_DELETED_TWICE = (
    "⚠️ {name} was deleted in {server}, where these settings name it:\n{effects}\n"
    "Look at `/settings show` there."
)
DELETED_EFFECT = "- *{label}*: {effect}"
EFFECT = {
    "roles_allowed": "People who had it may not ask me any more, unless another role lets them.",
    "roles_denied": "People who had it may ask me again.",
    "channels_allowed": "It stays on the list, so nothing else is opened.",
    "channels_denied": "Nothing else changes.",
    "local_channels": (
        "Until you choose again there, channels outside of categories use local models only, "
        "since it may have been their category."
    ),
    "limits_roles": "People who had it now have the limits of everybody.",
    "reminder_roles": "People who had it now get reminders as direct messages.",
    "digest_roles": "Digests of people who had it stop, unless they manage the server.",
}

LINE = "- {label}: {value}"
PAGE = "**{label}**\n{about}\n\nNow: {value}."
SAID = "✅ {label}: {value}."
HAS_GONE = (
    "-# What is deleted leaves the list when you choose again, or with *Back to the default*."
)
DELETES = "-# What is older is deleted within the hour; undoing this does not bring it back."
CHANGED, UNDONE = "-# Changed by <@{by}> {when}.", "-# A change was undone by <@{by}> {when}."
RESET, UNDO, BACK = "Back to the default", "Undo", "All settings"
PICK = "Choose"
NOTHING_OPTION = "Remember nothing"
TOO_MANY = "That would be more than 25. Remove one first."
NO_SUCH_LANGUAGE = "I do not know that language. Choose one from the list that opens as you type."
WHICH_ZONE = "Which of these time zones?"
NO_SUCH_ZONE = (
    "I do not know that time zone. Try a city such as `Berlin`, or a name such as `Asia/Tokyo`."
)
