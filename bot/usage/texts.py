"""Texts of /usage."""

TITLE = {False: "**What you have used**", True: "**What this server has used**"}
PERIODS = {
    "today": "today",
    "week": "the last 7 days",
    "month": "this month",
    "year": "the last 12 months",
}
HEADING = "{title}: {period}"
NOTHING = {
    False: "Nothing yet. Ask me something with `/ask`, and it is counted here.",
    True: "Nothing yet. What people ask me in this server is counted here.",
}
IN_AND_OUT = " ({input:,} in, {output:,} out)"
BY_DAY, BY_MONTH = "**By day**", "**By month**"
BY_PROVIDER, BY_MODEL, BY_PERSON = "**By provider**", "**By model**", "**By person**"
LINE, RANKED, MODEL = "- {name}: {amount}", "{rank}. {name}: {amount}", "{model} ({provider})"
EARLIER, OTHERS = "earlier", "{count} more"
MORE_PEOPLE = {True: "and 1 more person", False: "and {count:,} more people"}
PERSON = "<@{id}>"
NO_NAME = "a model without a name"
NOT_ANSWERED = "not answered"
# What the bot asks by itself, for digests and summaries, is of nobody, too.
DELETED = "the bot itself, or somebody who deleted their data"
ALMOST = "≈ "
FREE = "free"
TOKENS = " tokens"
AND_UNPRICED = " and what has no price"
IS_ESTIMATED = "-# ≈ is an estimate: some providers do not say how many tokens an answer took."
NO_PRICE = "-# No price is known for {models}: counted in tokens only."
ZONE = "-# Days begin at midnight, {zone}. Money: US dollars, by list prices."
ZONES = "-# Days are those of each server's clock. Money: US dollars, by list prices."
AND_OTHERS = "{count} others"
LIMITS = "**Limits**"

DOWNLOAD = "Download CSV"
WHOSE = {False: "My own", True: "This server"}
CHOICES = {
    "today": "Today",
    "week": "The last 7 days",
    "month": "This month",
    "year": "The last 12 months",
}
NOT_ALLOWED = (
    "Only people with the *Manage Server* permission see what a server has used. "
    "Your own figures: `/usage`."
)
NO_SERVER = "There is no server here that I am a member of. Your own figures: `/usage`."
CSV = "Here is the table, for {period}: each line is what {line}."
CSV_LINES = {
    "own": "one model answered you on one day",
    "server": "one model answered one person on one day",
    "months": "one person used in one month, since days would make the file too large",
    "totals": "one model answered on one day, since people would make the file too large",
}
CSV_NOTHING = "There is nothing to download for {period} yet."
COLUMNS = (
    "questions",
    "input_tokens",
    "of_these_cached",
    "output_tokens",
    "cost_usd",
    "estimated",
    "without_price",
)

# In the picture.
CHART_TITLE = "{measure}, {period}"
CHART_MODELS, CHART_PROVIDERS = "By model", "By provider"
CHART_PERSONS = "By person, numbered as in the message"
CHART_OTHERS = "others"
MEASURES = {"cost": "Cost in US dollars", "tokens": "Tokens", "questions": "Questions"}
ALT = "Bar chart. {title}: {amount} in all. {days}."
ALT_DAY = "{day}: {amount}"
