"""Texts about reminders."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.reminders.job import LIMIT, ReminderPayload
from bot.schedules.occurrences import LATE, newest_due, when_of
from bot.schedules.texts import describe_schedule
from bot.text.formatting import counted, excerpt
from bot.times.describe import skip_note
from bot.times.zone_names import zone_label
from connectors.discord import timestamp
from connectors.local_scheduler import Job, State

UNREADABLE = "(its text can no longer be read)"
NO_TEXT = "A reminder needs a text. Type it after `text:`."
TOO_LONG = "The text has {:,} characters; the limit is {:,}. Shorten it."
FORGOTTEN = "This reminder no longer exists. Set a new one with `/remind`."
NOT_YOURS = "This reminder is somebody else's. Set your own with `/remind`."
IS_DONE = "This reminder is already done. Set a new one with `/remind`."
NOT_PAUSED = "This reminder can no longer be paused. See `/reminders`."
NONE_YET = "You have no reminders. Set one with `/remind`."
NOT_THERE = "This reminder is no longer posted there."
NO_MODERATOR = "You need the *Manage Messages* permission in <#{}> for that."
ONLY_IN_SERVERS = "Only the channels of a server have moderators. Use `/reminders` in one."
NONE_IN_CHANNEL = "Nobody has set a reminder in <#{}>."
IN_CHANNEL = "Reminders that are posted in <#{}>:\n{}"
ENDED = "Ended: {} I am telling <@{}>."
ENDED_BY_MODERATOR = "⚠️ A moderator of <#{}> has ended a reminder of yours."
SNOOZE_REPEATS = 'A snooze cannot repeat. Try "in 2 hours" or "tomorrow 9:00".'
# Also stored as the reason of a parked row.
NO_DM = (
    "I could not send you a direct message. "
    "Allow direct messages from this server, then resume the reminder."
)

DELIVERED = "I have already reminded you: {}."

WHICH = "Which time do you mean?"
WHICH_ZONE = "Which of these time zones?"
ASK_ZONE = (
    "What does your clock show? I only ask once. If your city is not in the list, press *Search*."
)
NO_ZONE_YET = "I do not know your time zone yet."
NO_SUCH_ZONE = (
    "I do not know that time zone. Try a city such as `Berlin`, or a name such as `Asia/Tokyo`."
)
CANNOT_ASK = (
    "Discord refuses to show what you typed, so I cannot ask about it. "
    "Set your time zone with `/timezone`, then use `/remind` with a time that has only one "
    "meaning, such as `tomorrow 9:00`."
)
# Why a reminder comes as a direct message instead; {} is the id of its channel.
CHANNEL_GONE = "\n-# The channel of this reminder no longer exists, so I am sending it here."
FILTERED = "\n-# The filter of <#{}> blocks this text, so I am sending it here."
MAY_NOT_POST = "\n-# I cannot post in <#{}>, so I am sending it here."
NO_LONGER_MEMBER = "\n-# You are no longer in the server of <#{}>, so I am sending it here."
NO_LONGER_ALLOWED = "\n-# You can no longer post in <#{}>, so I am sending it here."
DUE_WITHOUT_TEXT = "⏰ <@{}> A reminder of yours is due."
MISSED = "⏰ <@{}> I was offline when {} came due"
PARKED = "⚠️ I could not deliver a reminder: {}. Resume, change or cancel it in `/reminders`."
IN_FILE = "Your text is in this file."
ABOUT_THIS = "about this message"
AS_DM = "\n-# I will send it as a direct message."
NO_MEMBER = "\n-# I will send it as a direct message, because I am not a member of this server."
I_MAY_NOT = "\n-# I will send it as a direct message, because I cannot post here."
NOT_ALLOWED = (
    "\n-# I will send it as a direct message, because only some people may set reminders here."
)
YOU_MAY_NOT = "\n-# I will send it as a direct message, because you cannot post here."

SNOOZES = {"20m": "Snooze 20 min", "1h": "1 h", "tomorrow": "Tomorrow", "custom": "…"}
BUTTONS = SNOOZES | {"done": "Done"}
CHANGE, EDIT, CANCEL, SEARCH = "Change", "Edit", "Cancel", "Search"
SNOOZE, PAUSE, RESUME, ALL_REMINDERS = "Snooze", "Pause", "Resume", "All reminders"
END = "End"
CHOOSE, CITY = "Choose a reminder", "City or time zone"
REMIND_ME, CHANGE_REMINDER, TIME_ZONE = "Remind me", "Change the reminder", "Time zone"
WHEN, EXAMPLE, TEXT = "When", "tomorrow 9:00", "Text"
DONE, CANCELLED, SNOOZED = "Done.", "Cancelled: {}", "Snoozed until {}."
LIST_LIMIT, MISSED_LIST_LIMIT, MISSED_LINE_LIMIT = 1900, 1700, 60


def text_of(job: Job, otherwise: str = UNREADABLE) -> str:
    """Return the text of a reminder, or ``otherwise`` if it cannot be read."""
    payload = ReminderPayload.try_of(job)
    return payload.text if payload else otherwise


def too_many(*, is_recurring: bool) -> str:
    have = f"{LIMIT.recurring} recurring" if is_recurring else f"{LIMIT.jobs}"
    return f"You have {have} reminders, which is the limit. Cancel one in `/reminders` first."


def due(job: Job, payload: ReminderPayload, now: datetime, why_here: str = "") -> str:
    lines = [f"⏰ <@{job.owner_id}> {payload.text}"]
    if payload.link:
        lines.append(f"-# about {payload.link}")
    newest = newest_due(job, now)
    if now - newest > LATE:
        lines.append(f"-# was due {timestamp(newest, 'R')}")
    return "\n".join(lines) + why_here


def missed(owner_id: int, count: int) -> str:
    return MISSED.format(owner_id, counted(count, "reminder"))


def missed_list(jobs: Sequence[Job]) -> tuple[str, bool]:
    """Return the missed reminders as one message, and whether it shows all of each."""
    lines = [f"{missed(jobs[0].owner_id, len(jobs))}:"]
    is_whole = True
    for job in jobs:
        payload = ReminderPayload.of(job)
        about = f" ({payload.link})" if payload.link else ""
        text = excerpt(payload.text, MISSED_LINE_LIMIT)
        is_whole &= text == payload.text
        line = f"- {timestamp(job.next_run, 'f')} {text}{about}"
        if sum(map(len, lines)) + len(line) > MISSED_LIST_LIMIT:
            return "\n".join([*lines, "- … and more; the file has them all"]), False
        lines.append(line)
    return "\n".join(lines), is_whole


def missed_file(jobs: Sequence[Job]) -> str:
    return "\n\n".join(
        "\n".join(filter(None, [f"{job.next_run:%Y-%m-%d %H:%M} UTC", payload.text, payload.link]))
        for job in jobs
        for payload in [ReminderPayload.of(job)]
    )


def at(moment: datetime) -> str:
    return f"{timestamp(moment, 'F')} ({timestamp(moment, 'R')})"


def confirmed(job: Job, zone: ZoneInfo, note: str = "") -> str:
    when = at(job.next_run)
    if job.rule is not None:
        rule = f"{describe_schedule(job, zone)}{skip_note(when_of(job))}"
        when = f"{rule} (first: {timestamp(job.next_run, 'F')}, {timestamp(job.next_run, 'R')})"
    said = f"Got it: I will remind you {when}."
    notes, text = elsewhere(job, zone) + note, text_of(job)
    # A quote of several lines reaches to the end of the message.
    return f"{said}{notes}\n>>> {text}" if "\n" in text else f"{said}\n> {text}{notes}"


def delivered(job: Job) -> str:
    return f"{DELIVERED.format(at(job.next_run))}\n>>> {text_of(job)}"


def elsewhere(job: Job, zone: ZoneInfo) -> str:
    """Return a one-off's time in the place that its phrase named, unless it is the person's own."""
    name = job.zone or "UTC"
    if job.rule is not None or name in ("UTC", zone.key):
        return ""
    there = job.next_run.astimezone(ZoneInfo(name))
    return f"\n-# That is {there:%H:%M} in {zone_label(name)}."


def ended(job: Job) -> tuple[str, str]:
    """Return what its owner reads of a reminder that a moderator has ended: without, with text."""
    intro = ENDED_BY_MODERATOR.format(job.channel_id)
    return intro, f"{intro}\n>>> {text_of(job)}"


def shown_to_moderator(job: Job, zone: ZoneInfo) -> str:
    return f"<@{job.owner_id}> · {shown(job, zone)}"


def shown(job: Job, zone: ZoneInfo) -> str:
    payload = ReminderPayload.try_of(job)
    repeats = f", {describe_schedule(job, zone)}" if job.rule else ""
    link = f"\n-# about {payload.link}" if payload and payload.link else ""
    return f"{at(job.next_run)}{repeats}{state(job)}{link}\n>>> {text_of(job)}"


def listed(jobs: Sequence[Job], zone: ZoneInfo, *, with_owner: bool = False) -> str:
    """Return a line for each reminder, as many as fit into one message."""
    lines: list[str] = []
    for job in jobs:
        repeats = f" · {describe_schedule(job, zone)}" if job.rule else ""
        owner = f"<@{job.owner_id}> · " if with_owner else ""
        text = excerpt(text_of(job), 40)
        line = f"{timestamp(job.next_run, 'f')} · {owner}{text}{repeats}{state(job)}"
        if sum(map(len, lines)) + len(line) + len(lines) > LIST_LIMIT:
            return "\n".join([*lines, f"… and {len(jobs) - len(lines)} more, in the list below"])
        lines.append(line)
    return "\n".join(lines)


def state(job: Job) -> str:
    """Return why a reminder does not come, or nothing if it does."""
    if job.state is State.PAUSED:
        return " · ⏸️ paused"
    return f" · ⚠️ not delivered: {job.reason}" if job.state is State.PARKED else ""


def your_zone(name: str, shown: str) -> str:
    """Return a person's zone, and ``shown`` as what its clocks show now."""
    if not name.startswith("Etc/"):
        return f"Your time zone is {name}, where it is now {shown}."
    return (
        f"Your time zone is {zone_label(name)} all year, where it is now {shown}. "
        "If your clocks change with the seasons, choose a city instead: `/timezone Berlin`."
    )
