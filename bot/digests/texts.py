"""Texts about digests."""

from collections.abc import Sequence
from datetime import datetime

from bot.digests.job import GUILD_LIMIT, DigestPayload
from bot.schedules.occurrences import is_waiting
from bot.schedules.texts import describe_schedule
from bot.text.formatting import counted, excerpt
from connectors.discord import timestamp
from connectors.local_scheduler import Job, State

EXAMPLE = "every day at 18:00"
ONCE = f'A digest repeats, and this is one time only. Try "{EXAMPLE}".'
TOO_OFTEN = f'A digest can be posted once an hour at most. Try "every 6 hours" or "{EXAMPLE}".'
TOO_MANY = (
    f"This server has {GUILD_LIMIT} digests, which is the limit. "
    "Remove one with `/digest remove` first."
)
UNKNOWN = "This server has no such digest. Choose one from the list, or add one with `/digest add`."
UNREADABLE = (
    "The settings of this digest can no longer be read. "
    "Remove it with `/digest remove`, then add it again."
)
WHICH = "This server has several digests. Choose one after `digest:`."
BUSY = "This digest is being written right now. Look in its channel in a minute."
WAITS = "This digest is paused or has stopped. Resume it first with `/digest resume`."
GOES_ON = "This digest is neither paused nor stopped, so there is nothing to resume."
NO_DISCORD = "I could not check the permissions with Discord. Try again in a minute."
NOT_ALLOWED = "You need the *Manage Server* permission for that. Ask somebody who has it."
FORGOTTEN = "I no longer know what this was about. Use `/digest add` again."
PAUSED = "{} is paused. Resume it with `/digest resume`."
RESUMED = "{} is resumed; the next one is due {}."
REMOVED = "{} is removed."
NONE_YET = "This server has no digests. Add one with `/digest add`."
HINT = (
    "-# `/digest now` posts one at once. "
    "`/digest resume` resumes one that is paused or has stopped."
)
ASK_ZONE = (
    "What does your clock show? I only ask once. "
    "If your city is not in the list, find it with `/timezone`."
)
I_CANNOT_SEE, YOU_CANNOT_SEE = "a channel I cannot see", "a channel you cannot see"

# What keeps a digest from being posted: what happened, then what to do.
NO_CONTENT = (
    "Discord does not show me what people write: *Message Content Intent* is off. "
    "The person who runs me can turn it on at <https://discord.com/developers/applications>, "
    "under my application, *Bot*."
)
NOT_HERE = "I am no longer in this server. Invite me again."
PRIVATE = (
    "<#{}> is a private thread, and I do not summarise those. Choose a channel or a public thread."
)
NO_TEXT = "I can only read text channels and threads. Choose another channel than <#{}>."
CANNOT_SEE = "I cannot see <#{}>; it may be gone. Give me access, or choose another channel."
HAS_LEFT = "<@{}>, who added it, has left the server. Add it again."
NO_MANAGER = (
    "<@{}>, who added it, can no longer manage this server. "
    "Give them *Manage Server* back, or add the digest again."
)
CANNOT_POST = "I cannot post in <#{}>. Check its permissions."
OUR_FAULT = "I made a mistake; my log has the details."
DISCORD_TROUBLE = "Discord did not accept my requests."

STOPPED = (
    "{} has stopped. {} Then resume it with `/digest resume`, or remove it with `/digest remove`."
)
STOPPED_BY_ERROR = (
    "{} has stopped: {}. Resume it with `/digest resume`, or remove it with `/digest remove`."
)
LATE = "I was offline when it was due."
NEWS = "There is news about a digest. See `/digest list`."

NOTHING_NEW = "There is nothing new in <#{}>, so I posted nothing."
POSTED = "Posted: {}"
HEADING = "**Digest of <#{}>**"
# Stands in for one message whose text Discord refuses.
PART = "**Digest of <#{}>**, part {}"

# Notes below a digest.
IS_CUT = "the model reached its length limit, so the end is missing"
TOO_OLD = "only the newest 1,000 messages were read"
NEWEST_ONLY = "only the newest {:,} of {:,} messages fit"
IS_LONG = "cut here, because it was too long"


def lacks(who: str, channel_id: int | str, *, is_source: bool) -> str:
    cannot = "read" if is_source else "post in"
    needed = "Read Message History" if is_source else "Send Messages"
    return (
        f"{who} cannot {cannot} <#{channel_id}>. "
        f"Allow *View Channel* and *{needed}* there, or choose another channel."
    )


def stopped(job: Job, reason: str) -> str:
    """Return that a digest is parked; a reason that is a sentence also says what to do."""
    text = STOPPED if reason.endswith(".") else STOPPED_BY_ERROR
    return text.format(name(job), reason)


def failed(source_id: int, trouble: str, next_run: datetime | None) -> str:
    at = f" ({timestamp(next_run, 'R')})" if next_run else ""
    then = f"The next one covers these messages too{at}."
    again = "`/digest now` tries again, and `/model` chooses another model."
    return f"The digest of <#{source_id}> was not posted. {trouble} {then} {again}"


def footer(count: int, link: str, people: int, since: datetime, by: str) -> str:
    by_people = f"{people} {'person' if people == 1 else 'people'}"
    first = timestamp(since, "f")
    return f"[{counted(count, 'message')}]({link}) by {by_people} since {first} · {by}"


def confirmed(job: Job) -> str:
    payload = DigestPayload.of(job)
    where = "" if job.channel_id == payload.source else f" in <#{job.channel_id}>"
    first = f"{timestamp(job.next_run, 'F')}, {timestamp(job.next_run, 'R')}"
    fewer = f"there are fewer than {payload.minimum} new messages"
    skipped = "nothing is new" if payload.minimum == 1 else fewer
    return (
        f"Got it: a digest of <#{payload.source}>{where}, {rule(job)} (first: {first}), "
        f"skipped if {skipped}.\n-# `/digest now` posts one at once."
    )


def name(job: Job) -> str:
    payload = DigestPayload.try_of(job)
    return f"The digest of <#{payload.source}>" if payload else "The digest"


def rule(job: Job) -> str:
    payload = DigestPayload.try_of(job)
    return describe_schedule(job, payload.timezone) if payload else ""


def listed(jobs: Sequence[Job]) -> str:
    return "\n".join(map(_line, jobs))


def _line(job: Job) -> str:
    payload = DigestPayload.try_of(job)
    if payload is None:
        return f"- {UNREADABLE}"
    at = "" if is_waiting(job) else f" · next {timestamp(job.next_run, 'R')}"
    return (
        f"- <#{payload.source}> → <#{job.channel_id}> · {rule(job)}{at} · at least "
        f"{counted(payload.minimum, 'new message')} · added by <@{job.owner_id}>"
        f"{_state(job, payload)}"
    )


def _state(job: Job, payload: DigestPayload) -> str:
    """Return why a digest does not come, or what went wrong the last time, or nothing."""
    if job.state is State.PAUSED:
        return " · ⏸️ paused"
    if job.state is State.PARKED:
        return f" · ⚠️ stopped: {excerpt(job.reason or '', 300)}"
    return f" · ⚠️ last time: {excerpt(payload.trouble, 200)}" if payload.trouble else ""
