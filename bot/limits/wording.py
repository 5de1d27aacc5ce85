"""Limits in words: as they are written, when one is reached, and when one is near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from bot.limits import texts
from bot.limits.bounds import Bound, Near, Reached, Whose, resets_at, used
from bot.storage.standing import Standing
from bot.text.formatting import inline_code
from connectors import ConnectorError
from connectors.discord import timestamp

if TYPE_CHECKING:
    from bot.storage.limits import Limits
    from connectors.discord import DiscordRest

_WHY = {Whose.PERSON: texts.YOURS, Whose.SERVER: texts.SERVERS, Whose.ALL: texts.ALL}
_NEARLY = {
    Whose.PERSON: texts.NEARLY_YOURS,
    Whose.SERVER: texts.NEARLY_SERVERS,
    Whose.ALL: texts.NEARLY_ALL,
}


def written(limits: Limits) -> str:
    """Return limits as they are written, or "" if there are none."""
    said = [(name, value) for name, value in asdict(limits).items() if value is not None]
    return ", ".join(f"{amount(name, value)}/{name.rpartition('_')[2]}" for name, value in said)


def amount(name: str, value: int) -> str:
    """Return how much a limit allows: ``1 question``, ``20,000 tokens``, ``$0.50``."""
    what = name.partition("_")[0]
    if what == "cost":
        return dollars(value)
    return f"{value:,} {what.removesuffix('s') if value == 1 else what}"


def dollars(micros: int) -> str:
    """Return millionths of a dollar in words, with cents or as exact as they are."""
    if micros % 10_000 == 0:
        return f"${micros // 1_000_000:,}.{micros // 10_000 % 100:02}"
    return f"${micros / 1e6:,.6f}".rstrip("0")


def refusal(objections: Sequence[Reached]) -> str:
    """Return why a question is not answered, and when it would be."""
    firm = [objection for objection in objections if not objection.is_busy]
    if not firm:
        return texts.BUSY
    last = max(firm, key=lambda objection: objection.resets_at)
    limit = getattr(last.bound.limits, last.name)
    why = _WHY[last.bound.whose][last.name].format(amount=amount(last.name, limit))
    form = texts.RESETS_SOON if last.name.endswith("minute") else texts.RESETS
    moment, when = (timestamp(last.resets_at, style) for style in ("f", "R"))
    return form.format(why=why, moment=moment, when=when)


def standing_of(bound: Bound, standing: Standing, now: datetime) -> Iterator[str]:
    """Yield how much of each limit is used, and when it resets."""
    for name, limit in asdict(bound.limits).items():
        if limit is None:
            continue
        number = used(name, standing)
        # Of less than a cent only as much as tells it from nothing.
        shown = dollars(number // 100 * 100) if name.startswith("cost") else f"{number:,}"
        form = texts.STANDING[name.rpartition("_")[2]]
        when = timestamp(resets_at(name, bound, standing, now), "R")
        yield form.format(used=shown, amount=amount(name, limit), when=when)


async def server_named(rest: DiscordRest, guild_id: int) -> str:
    """Return a server's name, or a link to it if Discord does not tell; "" if there is none."""
    if not guild_id:
        return ""
    try:
        return inline_code((await rest.guild(guild_id)).name)
    except ConnectorError:
        return texts.SERVER.format(guild_id=guild_id)


def nearly(limit: Near, server: str, now: datetime) -> str:
    """Return the notice that a limit is nearly reached."""
    bound, period = limit.bound, limit.name.rpartition("_")[2]
    return _NEARLY[bound.whose].format(
        percent=int(limit.part * 100),
        amount=amount(limit.name, getattr(bound.limits, limit.name)),
        period=texts.PERIODS[period],
        place=texts.IN_SERVER.format(server=server) if server else "",
        server=server,
        when=timestamp(resets_at(limit.name, bound, Standing(), now), "R"),
    )
