"""The buttons below a reminder. Their ids hold its occurrence, so they work after a restart."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.discord import Component, action_row, button, custom_ids
from connectors.local_scheduler import Job

_SHORT_SNOOZES = {"20m": timedelta(minutes=20), "1h": timedelta(hours=1)}


def occurrence_of(job: Job) -> str:
    """Return the part of a custom_id that names one occurrence of a job."""
    return f"{job.id}:{int(job.next_run.timestamp() * 1000)}"


def button_row(job: Job, labels: Mapping[str, str]) -> tuple[Component, ...]:
    """Return a row of buttons below a due reminder, with their labels by action."""
    occurrence = occurrence_of(job)
    return action_row(
        *(
            button(label, f"abi:rem:{action}:{occurrence}", is_primary=action == "done")
            for action, label in labels.items()
        )
    )


def is_of(job: Job, components: Iterable[Component]) -> bool:
    """Return whether components are those of the message of this occurrence."""
    return any(custom_id.endswith(occurrence_of(job)) for custom_id in custom_ids(components))


def snoozed_until(action: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the time a snooze button means; tomorrow is at 9:00 in the zone."""
    if action in _SHORT_SNOOZES:
        return now + _SHORT_SNOOZES[action]
    day = now.astimezone(zone) + timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
