"""The parts of the gateway that a process holds: it decides only for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from bot.storage.shard import Fleet, Key, Member, Shard
from connectors.discord.timestamps import EPOCH, time_snowflake

LEASE_US: Final = 7_500_000
# Who hands over goes on with what comes until then, so that the other one has learned of it.
HAND_OVER_IN: Final = timedelta(seconds=1.5)
LEAVES_IN: Final = timedelta(seconds=0.5)  # it has little time
# All processes have to learn that other parts hold from now on.
HOLDS_IN: Final = timedelta(seconds=2.5)
# After that the parts of before are of no use.
FORGET_AFTER: Final = timedelta(seconds=15)

Shards = dict[Key, Shard]


class Me(msgspec.Struct, frozen=True):
    """The process that decides. ``ready`` are the parts it is connected to.

    ``is_steady`` if it has not been away itself lately: after that it cannot know whether others,
    who could not renew what they hold either, are still there. ``total`` is how many parts there
    should be; if it ``insists``, also if there are more.
    """

    name: str
    ready: Collection[Key] = ()
    total: int = 1
    insists: bool = False
    is_steady: bool = False
    is_leaving: bool = False


def plan(fleet: Fleet, me: Me) -> list[Shard]:
    """Return all parts as they should be from now on."""
    shards = _with_total({shard.key: shard for shard in fleet.shards}, me)
    shards = {key: _renewed(shard, fleet, me) for key, shard in shards.items()}
    for total in sorted({shard.total for shard in shards.values()}):
        shards |= _taken(_of(shards, total), fleet, me)
        shards |= _asked_for(_of(shards, total), fleet, me)
    return list(_superseded(shards, fleet).values())


def share(total: int, held: Counter[str | None], members: Iterable[Member]) -> dict[str, int]:
    """Return how many parts each process should hold; who holds many keeps one more."""
    staying = [member for member in members if not member.is_leaving]
    staying.sort(key=lambda member: (-held[member.name], member.joined_at, member.name))
    each, more = divmod(total, len(staying)) if staying else (0, 0)
    return {member.name: each + (n < more) for n, member in enumerate(staying)}


def _of(shards: Shards, total: int) -> Shards:
    return {key: shard for key, shard in shards.items() if shard.total == total}


def _with_total(shards: Shards, me: Me) -> Shards:
    """Add the parts of another total if there should be one, instead of one not yet in use."""
    if not shards:
        return {(me.total, n): Shard(me.total, n, since=0) for n in range(me.total)}
    totals = {shard.total for shard in shards.values()}
    if me.total in totals or not (me.insists or me.total > max(totals)):
        return shards
    kept = {key: shard for key, shard in shards.items() if shard.since is not None}
    return kept | {(me.total, n): Shard(me.total, n) for n in range(me.total)}


def _renewed(shard: Shard, fleet: Fleet, me: Me) -> Shard:
    """Renew a part of ours, and hand it over once its heir is ready."""
    if shard.heir == me.name:
        return replace(shard, is_heir_ready=shard.key in me.ready)
    if shard.holder != me.name:
        return shard
    until = fleet.now_us + LEASE_US
    if shard.heir is not None and shard.heir not in {m.name for m in fleet.members}:
        shard = replace(shard, heir=None, is_heir_ready=False)
    is_ready = shard.key in me.ready
    if shard.heir is None or (is_ready and not shard.is_heir_ready):
        return replace(shard, held_until=until, is_ready=is_ready)
    later = LEAVES_IN if me.is_leaving else HAND_OVER_IN
    cut = moment_id(fleet.now_us, later) if is_ready else 0
    return Shard(*shard.key, shard.since, shard.heir, until, is_ready=shard.is_heir_ready, cut=cut)


def _taken(shards: Shards, fleet: Fleet, me: Me) -> Shards:
    """Take what nobody holds: what we wait for anyway, and the rest up to our share."""
    members = {member.name for member in fleet.members}
    until, taken = fleet.now_us + LEASE_US, dict[Key, Shard]()
    lacking = _share_of(me, shards, fleet) - sum(_is_ours(shard, me) for shard in shards.values())
    for key, shard in shards.items():
        if not _is_free(shard, fleet, me):
            continue
        is_awaited = shard.heir == me.name
        if is_awaited or (lacking > 0 and shard.heir not in members):
            lacking -= not is_awaited
            is_ready = key in me.ready
            taken[key] = Shard(*key, shard.since, me.name, until, is_ready=is_ready)
    return shards | taken


def _is_free(shard: Shard, fleet: Fleet, me: Me) -> bool:
    if shard.holder is None:
        return True
    return me.is_steady and shard.holder != me.name and shard.held_until < fleet.now_us


def _is_ours(shard: Shard, me: Me) -> bool:
    return me.name in (shard.holder, shard.heir)


def _share_of(me: Me, shards: Shards, fleet: Fleet) -> int:
    held = Counter(shard.holder for shard in shards.values())
    return share(len(shards), held, fleet.members).get(me.name, 0)


def _asked_for(shards: Shards, fleet: Fleet, me: Me) -> Shards:
    """Ask those for parts who hold more than their share, or ask for fewer again.

    Whoever is not seen cannot hand over: it is dead, or the database was away and it comes back.
    """
    seen = {member.name for member in fleet.members}
    held = Counter(shard.holder for shard in shards.values())
    shares = share(len(shards), held, fleet.members)
    ours = [shard for shard in shards.values() if _is_ours(shard, me)]
    lacking, asked = shares.get(me.name, 0) - len(ours), dict[Key, Shard]()
    given = Counter(shard.holder for shard in shards.values() if shard.heir is not None)
    more = {name: n - given[name] - shares.get(name or "", 0) for name, n in held.items()}
    more[me.name] = 0
    for key, shard in shards.items():
        holder = shard.holder
        if shard.heir == me.name and lacking < 0 and not shard.is_heir_ready:
            lacking += 1
            asked[key] = replace(shard, heir=None)
        elif lacking > 0 and shard.heir is None and holder in seen and more[holder] > 0:
            lacking -= 1
            more[holder] -= 1
            asked[key] = replace(shard, heir=me.name, is_heir_ready=False)
    return shards | asked


def _superseded(shards: Shards, fleet: Fleet) -> Shards:
    """Use the parts of a new total once all are ready, and forget those before them."""
    pending = {key: shard for key, shard in shards.items() if shard.since is None}
    if pending and all(shard.holder and shard.is_ready for shard in pending.values()):
        since = moment_id(fleet.now_us, HOLDS_IN)
        shards = shards | {key: replace(s, since=since) for key, s in pending.items()}
    newest = max(shard.since or 0 for shard in shards.values())
    if newest > moment_id(fleet.now_us, -FORGET_AFTER):
        return shards
    return {key: s for key, s in shards.items() if s.since is None or s.since == newest}


def moment_id(now_us: int, later: timedelta) -> int:
    """Return the lowest id that Discord gives so much later than ``now_us``."""
    return time_snowflake(EPOCH + timedelta(microseconds=now_us) + later)
