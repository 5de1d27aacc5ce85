"""The data of a person or of a server, in plain words; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from bot.privacy import texts
from bot.storage.holdings import Census, Counted, OptOut
from bot.text.formatting import counted, inline_code
from connectors.discord import timestamp

# Who gets what a provider is sent. Sources: the terms of service of each.
COMPANIES: Mapping[str, str] = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "huggingface": "Hugging Face, and whoever runs the model there",
    "mistral": "Mistral AI",
    "cohere": "Cohere",
}
EPOCH = datetime.fromtimestamp(0, UTC)


class Destination(msgspec.Struct, frozen=True):
    """A provider that can be asked; ``is_near``: on the operator's own machines.

    ``is_own``: at an address of the operator's choice, whoever that belongs to.
    """

    name: str
    label: str
    is_near: bool
    is_own: bool = False


def about_person(
    census: Census,
    left_out_of: Collection[str],
    destinations: Collection[Destination],
    days: int,
) -> str:
    """Return what is stored about a person, for how long, and what leaves the machine."""
    nothing = texts.NOTHING_AT_ALL if OptOut.HISTORY in left_out_of else texts.NOTHING
    lines = [texts.TITLE, *(_lines(census) or [nothing]), texts.USAGE]
    lines += [texts.IS_OUT[name] for name in sorted(left_out_of) if name in texts.IS_OUT]
    kept = texts.KEPT.format(days=counted(days, "day"))
    lines += ["", f"-# {kept}", f"-# {texts.FILES}", "", *leaves(destinations)]
    return "\n".join(lines)


def about_server(census: Census, days: int) -> str:
    """Return what is stored for a server, and for how long; 0 days are not at all."""
    lines = [texts.SERVER_TITLE, *(_server_lines(census) or [texts.SERVER_NOTHING])]
    kept = texts.SERVER_KEPT if days else texts.SERVER_KEEPS_NOTHING
    kept = kept.format(days=counted(days, "day"))
    return "\n".join([*lines, "", f"-# {kept}", f"-# {texts.FILES}"])


def leaves(destinations: Collection[Destination]) -> list[str]:
    """Return what is sent where, by provider."""
    lines = [_leaves(destination) for destination in destinations] or [texts.LEAVES_NOTHING]
    return [texts.LEAVES, *lines, texts.DISCORD]


def _leaves(destination: Destination) -> str:
    if destination.is_near:
        return texts.LOCAL.format(label=destination.label)
    company = COMPANIES.get(destination.name)
    if company is None or destination.is_own:
        return texts.ELSEWHERE.format(label=destination.label)
    return texts.CLOUD.format(label=destination.label, company=company)


def receipt(census: Census, *, is_server: bool, is_clean: bool) -> str:
    """Return what was deleted, and where more of a person is to be found."""
    deleted = [f"- {label}: {value}" for label, value in _deleted(census)]
    lines = [texts.DELETED, *deleted] if deleted else [texts.NOTHING_DELETED]
    lines += [texts.STAYS_ON_DISCORD] if deleted and not is_server else []
    return "\n".join(lines if is_clean else [*lines, texts.LEFT_TRACES])


def _deleted(census: Census) -> Iterator[tuple[str, str]]:
    for name, label in texts.RECEIPT.items():
        value = getattr(census, name)
        if isinstance(value, Counted):
            value = value.number
        if value:
            yield label, f"{value:,}" if isinstance(value, int) else inline_code(value)


def _lines(census: Census) -> list[str]:
    lines = [
        *_counted(texts.TURNS, census.turns, "question"),
        *_counted(texts.ANSWERS, census.answers, "answer"),
        *_counted(texts.REMINDERS, census.reminders, "reminder"),
        *_counted(texts.DIGESTS, census.digests, "digest"),
        *_counted(texts.MESSAGES, census.messages, "note"),
    ]
    lines += [texts.MODELS.format(count=census.models)] if census.models else []
    lines += [texts.PERSONAS.format(count=census.personas)] if census.personas else []
    return lines + ([texts.ZONE.format(zone=inline_code(census.zone))] if census.zone else [])


def _server_lines(census: Census) -> list[str]:
    people = "1 person" if census.people == 1 else f"{census.people:,} people"
    turns = _counted(texts.TURNS, census.turns, "question", texts.PEOPLE.format(count=people))
    lines = [
        *turns,
        *_counted(texts.ANSWERS, census.answers, "answer"),
        *_counted(texts.SERVER_DIGESTS, census.digests, "digest"),
        *_counted(texts.SERVER_REMINDERS, census.reminders, "reminder"),
    ]
    lines += [texts.MODELS.format(count=census.models)] if census.models else []
    lines += [texts.PERSONAS.format(count=census.personas)] if census.personas else []
    return lines + ([texts.RULES.format(count=census.rules)] if census.rules else [])


def _counted(form: str, found: Counted, noun: str, people: str = "") -> list[str]:
    """Return a line about something that is stored, or nothing if there is none."""
    if not found.number:
        return []
    count = counted(found.number, noun) + people
    return [form.format(count=count, dates=_dates(found))]


def _dates(found: Counted) -> str:
    if found.first_us is None or found.last_us is None:
        return ""
    first, last = (timestamp(_moment(us), "D") for us in (found.first_us, found.last_us))
    return texts.SINCE.format(first=first, last=last)


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
