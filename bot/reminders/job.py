"""Pure: what a reminder is before it is a job, what it says when it is due, and the limits it keeps to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.text.formatting import excerpt
from bot.times.when import When, describe
from bot.times.zone_names import zone_label
from connectors.discord import Component, timestamp
from connectors.local_scheduler import Job, NewJob, State, id_from

KIND = "reminder"
TEXT_LIMIT = 1500  # so that a message also has room for whom, what from and how late
ACTIVE_LIMIT = 25
RECURRING_LIMIT = 5
LATE = timedelta(minutes=2)
CATCH_UP_STEPS = 10_000
LIST_LIMIT = 1900

_BLURPLE, _GREY = 1, 2
_ACTION_ROW, _BUTTON = 1, 2
_WAY = {"20m": "Snooze 20 min", "1h": "1 h", "tomorrow": "Tomorrow", "custom": "…", "done": "Done"}
_DRAFT = re.compile(
    r"\n-# when: (?P<when>[^\n]*)(?:\n-# about: (?P<link>\S+))?\n>>> (?P<text>.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class NewReminder:
    """What a person typed. ``channel_id`` of None means a direct message; ``link`` is what it is about."""

    when: str
    text: str
    channel_id: int | None
    guild_id: int | None = None
    link: str | None = None

    def shown(self) -> str:
        """Return the lines from which ``read_question`` makes the same draft, but for where it goes."""
        when = " ".join(self.when.split())[:200]
        about = f"\n-# about: {self.link}" if self.link else ""
        return f"\n-# when: {when}{about}\n>>> {self.text}"


def read_question(content: str, channel_id: int | None, guild_id: int | None) -> NewReminder | None:
    """Return the draft that a message shows, or None where there is none."""
    found = _DRAFT.search(content)
    if found is None:
        return None
    return NewReminder(found["when"], found["text"], channel_id, guild_id, found["link"])


def new_job(draft: NewReminder, when: When, owner_id: int, asked_in: int | None = None) -> NewJob:
    """Return what the ledger is to keep of a draft and one reading of its phrase.

    ``asked_in`` is the interaction of which it comes: however many processes see that, it is one job.
    """
    return NewJob(
        kind=KIND,
        id=id_from(asked_in) if asked_in is not None else None,
        owner_id=owner_id,
        next_run=when.first,
        guild_id=draft.guild_id,
        channel_id=draft.channel_id,
        zone=when.zone.key,
        rule=when.rule,
        wall_time=when.wall_time.isoformat(),
        payload={"text": draft.text, "link": draft.link},
    )


def when_of(job: Job) -> When:
    """Return the time that a row keeps, from its first moment on. Raises ValueError for one that nobody wrote."""
    wall_time = datetime.fromisoformat(job.wall_time or "")
    return When.restore(job.rule, wall_time, ZoneInfo(job.zone or "UTC"))


def next_run(job: Job, now: datetime) -> datetime | None:
    """Return when a reminder is due again after now; None for a one-off."""
    return when_of(job).after(now) if job.rule else None


def newest_due(job: Job, now: datetime) -> datetime:
    """Return the newest time up to now at which a reminder was due: the only one of those missed that counts."""
    due = job.next_run
    if job.rule is None or now - due < LATE:
        return due
    when = when_of(job)
    for _ in range(CATCH_UP_STEPS):
        later = when.after(due)
        if later is None or later > now:
            break
        due = later
    return due


def reminder_text(job: Job, now: datetime, why_here: str = "") -> str:
    """Return what a due reminder says."""
    lines = [f"⏰ <@{job.owner_id}> {job.payload.get('text', '')}"]
    if job.payload.get("link"):
        lines.append(f"-# about {job.payload['link']}")
    due = newest_due(job, now)
    if now - due > LATE:
        lines.append(f"-# was due {timestamp(due, 'R')}")
    return "\n".join([*lines, *filter(None, [why_here])])


def text_withheld(job: Job, why_here: str = "") -> str:
    """Return what can be said of a due reminder whose text Discord refuses."""
    return "\n".join(filter(None, [f"⏰ <@{job.owner_id}> A reminder of yours is due.", why_here]))


def mark(job: Job) -> str:
    """Return what the ids of the buttons below one occurrence hold, and those of no other message."""
    return f"{job.id}:{int(job.next_run.timestamp() * 1000)}"


def buttons(job: Job, actions: Sequence[str] = tuple(_WAY)) -> tuple[Component, ...]:
    """Return the row below a due reminder."""
    row = [
        {
            "type": _BUTTON,
            "style": _BLURPLE if action == "done" else _GREY,
            "label": _WAY[action],
            "custom_id": f"abi:rem:{action}:{mark(job)}",
        }
        for action in actions
    ]
    return ({"type": _ACTION_ROW, "components": row},)


def is_by(components: Sequence[Any], job: Job) -> bool:
    """Return whether a message with these components is that of this occurrence."""
    return any(
        str(part.get("custom_id", "")).endswith(mark(job))
        for row in components
        for part in row.get("components", ())
    )


def snoozed_until(action: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the time that a button means: in 20 minutes, in an hour, or tomorrow at nine on their clock."""
    if action == "tomorrow":
        day = now.astimezone(zone) + timedelta(days=1)
        nine = day.replace(hour=9, minute=0, second=0, microsecond=0, fold=0)
        return nine.astimezone(UTC)
    return now + {"20m": timedelta(minutes=20), "1h": timedelta(hours=1)}[action]


def elsewhere(job: Job, zone: ZoneInfo) -> str:
    """Return what the clocks of a place show that the phrase named, or nothing where they are one's own.

    A recurrence names its zone itself.
    """
    if job.rule is not None or job.zone in (None, "UTC", zone.key):
        return ""
    there = job.next_run.astimezone(ZoneInfo(job.zone or "UTC"))
    return f"\n-# That is {there:%H:%M} in {zone_label(job.zone or '')}."


def described(job: Job, zone: ZoneInfo) -> str:
    """Return when a reminder comes, in words that the grammar reads back."""
    if job.rule is None:
        first = When(job.next_run, job.next_run.replace(tzinfo=None), ZoneInfo("UTC"))
        return describe(first, zone=zone)
    return describe(when_of(job), zone=zone).partition(", first")[0]


def state_words(job: Job) -> str:
    """Return what keeps a reminder from coming, or nothing."""
    if job.state is State.PAUSED:
        return " · ⏸️ paused"
    return f" · ⚠️ not delivered: {job.reason}" if job.state is State.PARKED else ""


def listed(jobs: Sequence[Job], zone: ZoneInfo) -> str:
    """Return a line for each reminder, as far as one message holds them."""
    lines: list[str] = []
    for job in jobs:
        repeats = f" · {described(job, zone)}" if job.rule else ""
        text = excerpt(job.payload.get("text", ""), 40)
        line = f"{timestamp(job.next_run, 'f')} · {text}{repeats}{state_words(job)}"
        if sum(map(len, lines)) + len(line) + len(lines) > LIST_LIMIT:
            return "\n".join([*lines, f"… and {len(jobs) - len(lines)} more, in the list below"])
        lines.append(line)
    return "\n".join(lines)
