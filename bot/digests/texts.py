"""What people read about digests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.digests.job import GUILD_LIMIT, DigestPayload
from bot.schedules.occurrences import is_waiting
from bot.schedules.texts import describe_schedule
from bot.text.formatting import counted, excerpt
from connectors.discord import timestamp
from connectors.local_scheduler import State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from connectors.local_scheduler import Job

EXAMPLE = "every day at 18:00"
ONCE = f'A digest comes again and again, and this is one time only. Try "{EXAMPLE}".'
TOO_OFTEN = f'A digest comes once an hour at most. Try "every 6 hours" or "{EXAMPLE}".'
TOO_MANY = (
    f"This server has {GUILD_LIMIT} digests, and more I do not keep. "
    "Remove one with `/digest remove` first."
)
UNKNOWN = (
    "There is no such digest in this server. "
    "Choose one from the list, or set one with `/digest add`."
)
UNREADABLE = (
    "I can no longer read this digest. "
    "Remove it with `/digest remove`, and set it again with `/digest add`."
)
WHICH = "This server has several digests. Choose one after `digest:`."
BUSY = "This digest is being written just now. Look into its channel in a minute."
WAITS = "This digest is paused or has stopped. Resume it with `/digest resume` first."
GOES_ON = "This digest is neither paused nor stopped: it comes by itself."
NO_DISCORD = "Discord does not tell me what I may do there. Try again in a minute."
NOT_ALLOWED = "Only people with the right *Manage Server* can do that. Ask one of them."
FORGOTTEN = "I no longer know what this was about. Use `/digest add` again."
NONE_YET = "This server has no digests. Set one with `/digest add`."
HINT = (
    "-# `/digest now` posts one at once. "
    "`/digest resume` resumes one that is paused or has stopped."
)
ASK_ZONE = (
    "What does your clock show? I ask only once. Your city is not there? Find it with `/timezone`."
)
I_CANNOT_SEE, YOU_CANNOT_SEE = "a channel I cannot see", "a channel you cannot see"

# What keeps a digest from being posted: what happened, then what to do.
NO_CONTENT = (
    "Discord does not let me see what people write: *Message Content Intent* is off. "
    "Whoever runs me switches it on at <https://discord.com/developers/applications>, "
    "my application, *Bot*."
)
NOT_HERE = "I am no longer in this server. Invite me again."
PRIVATE = (
    "<#{}> is a private thread, and I carry nothing out of those. "
    "Choose a channel or a public thread."
)
NO_TEXT = "I can read text channels and threads, and <#{}> is neither. Choose another channel."
CANNOT_SEE = "I cannot see <#{}>, or it is gone. Let me see it, or choose another channel."
HAS_LEFT = "<@{}>, who set it, has left the server. Set it anew."
MANAGES_NOT = (
    "<@{}>, who set it, may no longer manage this server. Give the right *Manage Server* back, "
    "or set it anew."
)
TAKES_NO_MESSAGES = "<#{}> does not take my messages. Look at its settings."
OUR_FAULT = "I made a mistake of my own; the log says which."
DISCORD_TROUBLE = "Discord did not do what I asked of it."

LATE = "I was away and came too late for this one. `/digest now` posts it at once."
NEWS = "There is news of a digest. Look into `/digest list`."

# Notes below a digest.
IS_CUT = "the model reached its length limit, so the end is missing"
TOO_OLD = "older messages than the newest 1,000 are not in it"
IS_LONG = "cut here, since it was too long"


def lacks(who: str, channel_id: int | str, *, is_source: bool) -> str:
    """Return which permissions somebody lacks in a channel."""
    what, names = (
        ("read", "*Read Message History*") if is_source else ("write in", "*Send Messages*")
    )
    return (
        f"{who} may not {what} <#{channel_id}>. "
        f"Allow *View Channel* and {names} there, or choose another channel."
    )


def stopped(source_id: int, trouble: str) -> str:
    """Return why a digest is parked, and how to go on."""
    go_on = "When that is done, `/digest resume` goes on; `/digest remove` ends it."
    return f"The digest of <#{source_id}> has stopped. {trouble} {go_on}"


def failed(source_id: int, trouble: str, next_run: datetime | None) -> str:
    """Return why one run of a digest failed, and when the next one is."""
    then = "The next one has it all" + (f", {timestamp(next_run, 'R')}." if next_run else ".")
    again = "`/digest now` tries it again, and `/model` chooses another model."
    return f"The digest of <#{source_id}> was not posted. {trouble} {then} {again}"


def nothing_new(source_id: int) -> str:
    return f"There is nothing new in <#{source_id}>, so I posted nothing."


def posted(link: str) -> str:
    return f"Posted: {link}"


def heading(source_id: int) -> str:
    return f"**Digest of <#{source_id}>**"


def part(source_id: int, number: int) -> str:
    """Return the heading of one message of a digest whose text Discord refuses."""
    return f"{heading(source_id)}, part {number}"


def footer(count: int, link: str, people: int, since: datetime, by: str) -> str:
    """Return what a digest covers, and the model that wrote it."""
    by_people = f"{people} {'person' if people == 1 else 'people'}"
    first = timestamp(since, "f")
    return f"[{counted(count, 'message')}]({link}) by {by_people} since {first} · {by}"


def newest_only(total: int, count: int) -> str:
    return f"of {total:,} messages only the newest {count:,} fitted in"


def confirmed(job: Job) -> str:
    """Return when a new digest comes."""
    payload = DigestPayload.of(job)
    where = "" if job.channel_id == payload.source else f" in <#{job.channel_id}>"
    at = f"{timestamp(job.next_run, 'F')} ({timestamp(job.next_run, 'R')})"
    return (
        f"I will post a digest of <#{payload.source}>{where}: first {at}, then {rule(job)}, "
        f"each time that there are at least {counted(payload.minimum, 'new message')}.\n"
        "-# See it at once with `/digest now`."
    )


def paused(job: Job) -> str:
    return f"{_name(job)} is paused. Resume it with `/digest resume`."


def resumed(job: Job) -> str:
    return f"{_name(job)} goes on: the next one comes {timestamp(job.next_run, 'R')}."


def removed(job: Job) -> str:
    return f"{_name(job)} is removed."


def _name(job: Job) -> str:
    payload = DigestPayload.try_of(job)
    return f"The digest of <#{payload.source}>" if payload else "The digest"


def rule(job: Job) -> str:
    """Return how often a digest comes."""
    payload = DigestPayload.try_of(job)
    return describe_schedule(job, payload.timezone) if payload else ""


def listed(jobs: Sequence[Job]) -> str:
    """Return a line for each digest."""
    return "\n".join(map(_line, jobs))


def _line(job: Job) -> str:
    payload = DigestPayload.try_of(job)
    if payload is None:
        return f"- {UNREADABLE}"
    at = "" if is_waiting(job) else f" · next {timestamp(job.next_run, 'R')}"
    return (
        f"- <#{payload.source}> → <#{job.channel_id}> · {rule(job)}{at} · from "
        f"{counted(payload.minimum, 'message')} on · set by <@{job.owner_id}>{_state(job, payload)}"
    )


def _state(job: Job, payload: DigestPayload) -> str:
    """Return why a digest does not come, or what went wrong the last time, or nothing."""
    if job.state is State.PAUSED:
        return " · ⏸️ paused"
    if job.state is State.PARKED:
        return f" · ⚠️ stopped: {excerpt(job.reason or '', 300)}"
    return f" · ⚠️ the last time: {excerpt(payload.trouble, 200)}" if payload.trouble else ""
