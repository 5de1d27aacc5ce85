"""Texts of /privacy."""

from __future__ import annotations

TITLE = "**What I have stored about you**"
SERVER_TITLE = "**What I have stored for this server**"
NOTHING, NOTHING_AT_ALL = "Nothing yet. I store what you ask me from now on.", "Nothing."
SERVER_NOTHING = "Nothing but its settings."
TURNS = "- Conversations: {count}{dates}"
ANSWERS = "- What the buttons below my answers need, also below private ones: {count}{dates}"
REMINDERS = "- Reminders, with those of the last days: {count}{dates}"
DIGESTS = "- Digests you have set up: {count}{dates}"
SERVER_DIGESTS = "- Digests: {count}{dates}"
SERVER_REMINDERS = (
    "- Reminders in its channels: {count}. They belong to the people who have set them, "
    "and are not deleted with the rest."
)
MESSAGES = "- Notes I have sent you: {count}{dates}"
MODELS = "- Models chosen with `/model`: {count}"
PERSONAS = "- Personas: {count}"
ZONE = "- Your time zone: {zone}"
RULES = "- Settings: {count}. They stay, so that nobody may do more than before: `/settings`."
PEOPLE = " of {count}"
SINCE = ", the first {first}, the last {last}"
USAGE = (
    "- How many questions and tokens you have used: `/usage`. "
    "When you delete everything, these figures stay, but no longer name you."
)
KEPT = (
    "Conversations and answers are deleted after {days}, unless a server has set another time. "
    "Reminders, digests and choices stay until you delete them."
)
SERVER_KEPT = (
    "Conversations and answers are deleted after {days}; `/settings` changes that. "
    "Digests and choices stay until somebody deletes them."
)
SERVER_KEEPS_NOTHING = (
    "Conversations are not stored here; `/settings` changes that. "
    "Digests and choices stay until somebody deletes them."
)
FILES = "I do not store files or pictures, only their names and links."
LEAVES = "**What leaves the machine I run on**"
CLOUD = "- {label}: questions, with what was said before, go to {company}, in the cloud."
LOCAL = "- {label}: stays on machines of the person who runs me."
ELSEWHERE = "- {label}: goes to a server that the person who runs me has chosen."
LEAVES_NOTHING = "- Nothing: no model is set up."
DISCORD = "- Discord: everything that you and I write there."
IS_OUT = {
    "history": "🚫 I remember none of your conversations.",
    "digests": "🚫 Your messages are left out of digests.",
}

EXPORT = "Export"
DELETE = "Delete everything"
DIGESTS_OUT, DIGESTS_IN = "Leave me out of digests", "Include me in digests"
HISTORY_OUT, HISTORY_IN = "Remember nothing", "Remember conversations"
SERVER, ME = "This server", "About me"
BACK, YES_DELETE, YES_FORGET = "Back", "Yes, delete everything", "Yes, remember nothing"

SURE = (
    "**Delete everything that I have stored about you?**\n"
    "This cannot be undone. Conversations, reminders, digests that you have set up and what you "
    "have chosen are gone, in all servers; buttons below my answers to you stop working. Answers "
    "that I am writing for you end. What others said in the same conversations stays, but what I "
    "answered them after you is deleted, too. What stands on Discord stays there, and digests may "
    "still include it unless you press *Leave me out of digests*.\n"
    "-# Kept: that you want to be left out of something, and figures that no longer name you."
)
SERVER_SURE = (
    "**Delete everything that I have stored for this server?**\n"
    "This cannot be undone. All conversations here, digests, personas and chosen models are gone; "
    "buttons below my answers stop working, and answers that I am writing end. What stands on "
    "Discord stays there.\n"
    "-# Kept: the settings, and reminders, which belong to the people who have set them."
)
HISTORY_SURE = (
    "**Remember none of your conversations?**\n"
    "What I remember of them now is deleted, and from then on each question stands alone: I do not "
    "know what was said before. Buttons below my answers to you stop working soon."
)
STILL_WRITING = (
    "I am deleting what I have stored. An answer or a digest is still being written; "
    "when it has ended, this message says so."
)
DELETED = "🗑️ **Everything is deleted.** That was:"
NOTHING_DELETED = "🗑️ **Done.** Nothing was stored."
STAYS_ON_DISCORD = (
    "-# What you wrote on Discord still stands there. Digests may include it unless you are left "
    "out of them: `/privacy`."
)
LEFT_TRACES = (
    "-# The database could not be cleaned at once, so traces may remain in its file for a while. "
    "The person who runs me finds the reason in my log."
)
RECEIPT = {
    "turns": "conversations",
    "answers": "answers",
    "reminders": "reminders",
    "digests": "digests",
    "messages": "notes",
    "models": "chosen models",
    "personas": "personas",
    "zone": "time zone",
}
EXPORT_INTRO = "Here is everything that I have stored about you."
EXPORT_PART = "Part {part} of {parts} of what I have stored about you."
IN_PARTS = "It is too much for one message, so it is in parts. Each can be read by itself."
EXPORTED = "I have sent it to your direct messages: {link}"
NO_DM = "Discord does not let me send you direct messages, so it is here:"
NOT_EXPORTED = (
    "I could not send it: Discord does not let me write to you. "
    "Allow direct messages, then use `/privacy` again."
)
FAILED = {
    "deletion": "I could not delete everything, so some of it is still stored. "
    "The person who runs me finds the reason in my log; then use `/privacy` again.",
    "export": "I could not send what I have stored about you. Use `/privacy` to try again.",
}
NOT_A_MANAGER = "Only people with *Manage Server* can see or delete what is stored for a server."
