"""Processes that share the parts of a gateway, each deciding in its turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from bot.process.shards.plan import LEASE_US, Me, moment_id, plan
from bot.storage.shard import Fleet, Key, Member, Shard

NOW = 1_800_000_000_000_000


class Gateways:
    """A table of parts, the processes that are alive, and a clock."""

    def __init__(self, *names: str) -> None:
        self.now_us = NOW
        self.shards: list[Shard] = []
        self.members = [Member(name, n) for n, name in enumerate(names)]

    def look(
        self, name: str, total: int = 12, ready: Collection[Key] | None = None, **more: bool
    ) -> None:
        """Have a process decide; it is connected to all that it holds or is to hold."""
        ours = [shard.key for shard in self.shards if name in (shard.holder, shard.heir)]
        me = Me(name, ours if ready is None else ready, total, **more)
        self.shards = plan(Fleet(self.now_us, self.shards, self.members), me)

    def settle(self, *names: str) -> None:
        for _ in range(3):
            for name in names:
                self.look(name)

    def passes(self, seconds: float) -> None:
        self.now_us += round(seconds * 1e6)

    @property
    def held(self) -> Counter[str | None]:
        return Counter(shard.holder for shard in self.shards)

    def of(self, name: str) -> list[int]:
        return [shard.number for shard in self.shards if shard.holder == name]


def test_one_process_holds_everything() -> None:
    gateways = Gateways("a")
    gateways.look("a")
    assert gateways.held == {"a": 12}


def test_processes_that_start_together_take_their_shares() -> None:
    gateways = Gateways("a", "b", "c")
    for name in "abc":
        gateways.look(name)
    assert gateways.held == {"a": 4, "b": 4, "c": 4}


def test_who_joins_gets_a_share_once_it_is_connected() -> None:
    gateways = Gateways("a", "b")
    gateways.settle("a", "b")
    gateways.members.append(Member("c", 9))
    gateways.look("c", ready=())
    gateways.settle("a", "b")
    assert gateways.held == {"a": 6, "b": 6}, "nobody lets go before"
    gateways.settle("c", "a", "b")
    assert gateways.held == {"a": 4, "b": 4, "c": 4}


def test_shares_that_do_not_come_out_even_move_nothing_twice() -> None:
    gateways = Gateways("a", "b", "c")
    for _ in range(3):
        for name in "abc":
            gateways.look(name, total=13)
    before = list(gateways.shards)
    gateways.look("b", total=13)
    assert sorted(gateways.held.values()) == [4, 4, 5]
    assert [s.holder for s in gateways.shards] == [s.holder for s in before]
    assert not any(shard.heir for shard in gateways.shards)


def test_what_is_handed_over_is_cut_at_an_id_a_moment_ahead() -> None:
    gateways = Gateways("a")
    gateways.look("a", total=2)
    gateways.members.append(Member("b", 9))
    gateways.look("b", total=2)
    gateways.look("b", total=2)  # it is connected
    gateways.passes(10)
    gateways.look("a", total=2)
    (moved,) = [shard for shard in gateways.shards if shard.holder == "b"]
    assert moved.cut == moment_id(NOW + 10_000_000, timedelta(seconds=1.5))
    assert moved.heir is None


def test_who_is_not_connected_has_nothing_to_hand_over_and_lets_go_at_once() -> None:
    gateways = Gateways("a")
    gateways.look("a", total=2, ready=())
    gateways.members.append(Member("b", 9))
    gateways.look("b", total=2, ready=())
    gateways.look("a", total=2, ready=())
    assert gateways.held == {"a": 1, "b": 1}
    assert {shard.cut for shard in gateways.shards} == {0}


def test_what_a_dead_process_held_is_free_for_the_others() -> None:
    gateways = Gateways("a", "b", "c")
    gateways.settle("a", "b", "c")
    gateways.members = [m for m in gateways.members if m.name != "c"]
    gateways.shards = [
        Shard(*s.key, since=0, holder=None if s.holder == "c" else s.holder)
        for s in gateways.shards
    ]
    for name in "ab":
        gateways.look(name)
    assert gateways.held == {"a": 6, "b": 6}


def test_a_lease_that_is_over_is_taken_by_who_was_not_away_itself() -> None:
    gateways = Gateways("a")
    gateways.look("a")
    gateways.members = [Member("b", 9)]
    gateways.passes(LEASE_US / 1e6 - 1)
    gateways.look("b", is_steady=True)
    assert gateways.held == {"a": 12}, "it lasts"
    gateways.passes(2)
    gateways.look("b")
    assert gateways.held == {"a": 12}, "the database was away, and the holder may be there"
    gateways.look("b", is_steady=True)
    assert gateways.held == {"b": 12}


def test_a_holder_that_comes_back_in_time_keeps_what_it_held() -> None:
    gateways = Gateways("a", "b")
    gateways.settle("a", "b")
    before = gateways.of("a")
    gateways.passes(60)  # the database was away
    gateways.look("b")
    gateways.look("a")
    gateways.look("b", is_steady=True)
    assert gateways.of("a") == before


def test_an_heir_takes_over_when_the_holder_dies_first() -> None:
    gateways = Gateways("a", "b")
    gateways.shards = [Shard(1, 0, since=0, holder=None, heir="b")]
    gateways.look("a", total=1)
    assert gateways.shards[0].holder is None, "it is left to the heir"
    gateways.look("b", total=1)
    assert gateways.held == {"b": 1}


def test_an_heir_that_dies_is_forgotten() -> None:
    gateways = Gateways("a")
    gateways.shards = [Shard(1, 0, since=0, holder="a", heir="b", is_heir_ready=True)]
    gateways.look("a", total=1)
    assert gateways.shards[0].holder == "a"
    assert gateways.shards[0].heir is None


def test_who_leaves_is_asked_for_everything() -> None:
    gateways = Gateways("a", "b")
    gateways.settle("a", "b")
    gateways.members = [Member("a", 0, is_leaving=True), Member("b", 1)]
    gateways.look("a", is_leaving=True)
    gateways.settle("b")
    gateways.look("a", is_leaving=True)
    assert gateways.held == {"b": 12}


def test_more_parts_hold_once_all_of_them_are_connected() -> None:
    gateways = Gateways("a", "b")
    gateways.settle("a", "b")
    gateways.look("a", total=16)
    for name in "aba":
        gateways.look(name, total=16, ready=())
    assert Counter(s.since is None for s in gateways.shards) == {False: 12, True: 16}
    assert not [s for s in gateways.shards if s.holder is None]
    gateways.settle("a", "b")
    since = {shard.since for shard in gateways.shards if shard.total == 16}
    assert since == {moment_id(NOW, timedelta(seconds=2.5))}
    gateways.passes(20)
    gateways.look("a")
    assert {shard.total for shard in gateways.shards} == {16}, "a process of before changes nothing"


def test_who_insists_gets_fewer_parts_too() -> None:
    gateways = Gateways("a")
    gateways.settle("a")
    gateways.look("a", total=8)
    assert {shard.total for shard in gateways.shards} == {12}
    gateways.look("a", total=8, insists=True)
    assert {shard.total for shard in gateways.shards} == {12, 8}


def test_after_an_outage_of_the_database_nobody_asks_those_who_are_not_back_yet() -> None:
    gateways = Gateways("a", "b")
    gateways.settle("a", "b")
    before, everybody = gateways.shards, gateways.members
    gateways.passes(60)
    gateways.members = [member for member in everybody if member.name == "b"]
    gateways.look("b")
    assert all(shard.heir is None for shard in gateways.shards)
    gateways.members = everybody
    gateways.settle("a", "b")
    assert [s.holder for s in gateways.shards] == [s.holder for s in before]
