"""Texts of /help."""

TITLE = "**What I can do for you here**"
LINE = "{mention}: {description}"
AND_OTHERS = "{mention} (and {others})"
MENUS = "Right-click a message (on a phone, hold it), then *Apps*: {names}"
TALK = "You can also mention me, or reply to me, without a command."
TALK_IN_DM = "Here you can also just write to me, without a command."
NO_MEMBER = (
    "I am not a member here, so only commands work, and only you see my answers "
    "(unless you choose `private: False`)."
)
LACKS = "I may not do everything here. Missing: {permissions}."
NOTHING_KEPT = (
    "Reminders and digests are off at the moment. The person who runs me can change that."
)
ZONE = "Your time zone is {zone}, where it is now {now} ({change})."
SERVER_ZONE = "This server's time zone is {zone}, where it is now {now}. Set your own: {change}."
NO_ZONE = "I do not know your time zone yet. Set it with {change}."
CHANGE_MODEL = "Change that with {change}."
