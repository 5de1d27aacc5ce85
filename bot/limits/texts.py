"""Texts about limits; the keys are the names of limits."""

NOT_UNDERSTOOD = (
    "I do not understand these limits. Write them like `20 questions/day, 3 questions/minute, "
    "50k tokens/day, $0.50/day, $5/month`: questions a minute or a day, tokens and dollars a day "
    "or a month. `none` is no limit."
)

# Why somebody is not answered now, and when they are again.
YOURS = {
    "questions_minute": "You have asked your {amount} for this minute.",
    "questions_day": "You have asked your {amount} for today.",
    "tokens_day": "You have used your {amount} for today.",
    "tokens_month": "You have used your {amount} for this month.",
    "cost_day": "You have used your {amount} for today.",
    "cost_month": "You have used your {amount} for this month.",
}
SERVERS = {
    "questions_minute": "This server has asked its {amount} for this minute.",
    "questions_day": "This server has asked its {amount} for today.",
    "tokens_day": "This server has used its {amount} for today.",
    "tokens_month": "This server has used its {amount} for this month.",
    "cost_day": "This server has used its {amount} for today.",
    "cost_month": "This server has used its {amount} for this month.",
}
# The operator's ceiling; nobody needs to know how high it is.
ALL = {
    "questions_minute": "I am asked too much at the moment.",
    "questions_day": "I have answered all that I may today.",
    "tokens_day": "I have used up what I may today.",
    "tokens_month": "I have used up what I may this month.",
    "cost_day": "I have used up what I may today.",
    "cost_month": "I have used up what I may this month.",
}
RESETS = "{why} Ask again {when} ({moment})."
RESETS_SOON = "{why} Ask again {when}."
BUSY = (
    "The questions that are being answered may use up what is left of a limit. "
    "Ask again once they are answered."
)
SLOW = "I could not check the limits in time. Ask again in a moment."

# To whom it concerns, at 80 % of a limit.
NEARLY_YOURS = (
    "You have used {percent} % of your {amount} for {period}{place}. "
    "The limit resets {when}; `/usage` shows what you have used."
)
NEARLY_SERVERS = (
    "The server {server} has used {percent} % of its {amount} for {period}. "
    "The limit resets {when}; `/usage` shows what was used there, and `/settings` changes it."
)
NEARLY_ALL = (
    "All servers together have used {percent} % of the {amount} for {period} that ABI_LIMITS "
    "allows. The limit resets {when}."
)
PERIODS = {"day": "today", "month": "this month"}
SERVER = "https://discord.com/channels/{guild_id}"
IN_SERVER = " in {server}"

# How much of a limit is used, in /usage.
STANDING = {
    "minute": "- {used} of {amount} within the last minute",
    "day": "- {used} of {amount} today; resets {when}",
    "month": "- {used} of {amount} this month; resets {when}",
}
