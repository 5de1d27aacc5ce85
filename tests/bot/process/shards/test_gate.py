from __future__ import annotations

from typing import Any

import pytest

from bot.process.shards.gate import DECIDES_S, HELD_S, STAYS_S, Gate, Role
from bot.storage.shard import Shard

LEASE_S = 7.5
KEY = (2, 1)


class Heard:
    """A gate whose time the test passes, and what it has answered of one part."""

    def __init__(self) -> None:
        self.now = 100.0
        self.gate = Gate("me", LEASE_S, read_clocks=lambda: (self.now, self.now))
        self.answered: list[int] = []

    def learn(self, **shard: Any) -> None:
        self.gate.renewed(self.gate.clocks(), has_learned=True)
        self.gate.learn([Shard(*KEY, **{"since": 0} | shard)])

    def hear(self, *ids: int) -> list[int]:
        for event_id in ids:
            data = {"id": str(event_id)}
            self.gate.hear(KEY, lambda d: self.answered.append(int(d["id"])), data)
        return self.answered


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_who_holds_a_part_answers_and_others_do_not(heard: Heard) -> None:
    heard.learn(holder="me")
    assert heard.hear(7) == [7]
    heard.learn(holder="other")
    assert heard.hear(8) == [7]


def test_at_a_hand_over_each_event_is_answered_by_one(heard: Heard) -> None:
    heir = Heard()
    heard.learn(holder="me")
    heir.learn(holder="other", heir="me")
    for each in (heard, heir):
        each.hear(7)
    heard.learn(holder="heir", cut=10)
    for each in (heard, heir):
        each.hear(9, 11)
    heir.learn(holder="me", cut=10)
    for each in (heard, heir):
        each.hear(10, 12)
    assert (heard.answered, heir.answered) == ([7, 9, 10], [11, 12])


def test_an_heir_answers_what_waited_when_the_holder_died(heard: Heard) -> None:
    heard.learn(holder="other", heir="me")
    heard.hear(7)
    heard.now += HELD_S - 0.1
    heard.hear(8)
    heard.now += 0.2
    heard.learn(holder="me")
    assert heard.answered == [8], "the first is too old to be answered"


def test_a_clock_that_is_wrong_loses_nothing(heard: Heard) -> None:
    heard.learn(holder="me", cut=10**6)
    assert heard.hear(7) == []
    heard.now += DECIDES_S
    assert heard.hear(8) == [8]


def test_who_hands_over_stays_for_a_moment(heard: Heard) -> None:
    heard.learn(holder="me")
    heard.learn(holder="heir", cut=10)
    assert heard.gate.parts[KEY].role is Role.FORMER
    heard.now += STAYS_S + 0.1
    heard.learn(holder="heir", cut=10)
    assert heard.gate.parts == {}


def test_who_has_slept_answers_nothing_before_it_knows_what_is_still_its_own(
    heard: Heard,
) -> None:
    heard.learn(holder="me")
    heard.now += LEASE_S
    heard.gate.beat()
    heard.gate.go_on()  # the database does not answer
    assert heard.hear(7) == []
    heard.learn(holder="me")
    assert heard.answered == [7]
    heard.now += LEASE_S
    heard.hear(8)
    heard.learn(holder="other")
    assert heard.answered == [7]


def test_without_the_database_a_process_goes_on(heard: Heard) -> None:
    heard.learn(holder="me")
    heard.gate.go_on()
    for _ in range(60):
        heard.now += 1.0
        heard.gate.beat()
    assert heard.hear(7) == [7]


def test_what_came_while_the_database_began_to_fail_is_answered_once_that_is_known(
    heard: Heard,
) -> None:
    heard.learn(holder="me")
    for _ in range(8):
        heard.now += 1.0
        heard.gate.beat()
    assert heard.hear(7) == [], "others may have taken it meanwhile"
    heard.gate.go_on()
    assert heard.answered == [7]


def test_who_slept_for_less_than_a_lease_answers_nothing_once_that_is_over(heard: Heard) -> None:
    heard.learn(holder="me")
    heard.now += 1.0
    heard.gate.beat()
    heard.now += LEASE_S - 0.5  # another one may hold it by now
    assert heard.hear(7) == []
    heard.gate.renewed(heard.gate.clocks(), has_learned=False)
    assert heard.hear(8) == []
    heard.learn(holder="me")
    assert heard.answered == [7, 8]


def test_what_was_learned_before_a_sleep_does_not_count_after_it(heard: Heard) -> None:
    heard.learn(holder="me")
    asked_at = heard.gate.clocks()
    heard.now += LEASE_S
    heard.gate.renewed(asked_at, has_learned=True)
    heard.gate.learn([Shard(*KEY, since=0, holder="me")])
    assert heard.hear(7) == []


def test_parts_of_another_total_hold_from_an_id_on(heard: Heard) -> None:
    heard.gate.renewed(heard.gate.clocks(), has_learned=True)
    old, new = Shard(1, 0, since=0, holder="me"), Shard(2, 1, since=None, holder="me")
    heard.gate.learn([old, new])
    answered: list[tuple[int, int]] = []

    def hear(key: tuple[int, int], event_id: int) -> None:
        def parse(data: dict[str, Any]) -> None:
            answered.append((key[0], int(data["id"])))

        heard.gate.hear(key, parse, {"id": str(event_id)})

    for key in (old.key, new.key):
        hear(key, 7)
    heard.gate.learn([old, Shard(2, 1, since=10, holder="me")])
    for event_id in (9, 11):
        for key in (old.key, new.key):
            hear(key, event_id)
    assert answered == [(1, 7), (1, 9), (2, 11)]
