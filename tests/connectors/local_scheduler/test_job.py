import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connectors.local_scheduler import Job, State, UnreadablePayload, id_of, payload_as


class Tea(msgspec.Struct):
    cups: int
    kind: str = "green"


def job(**payload: Any) -> Job:
    due = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return Job(id="0", kind="tea", owner_id=1, next_run=due, state=State.ACTIVE, payload=payload)


def test_a_payload_is_read_with_what_it_leaves_out_and_without_what_nobody_knows() -> None:
    assert payload_as(job(cups=2, sugar=1), Tea) == Tea(2)


def test_a_number_that_was_kept_as_text_is_read() -> None:
    assert payload_as(job(cups="2"), Tea) == Tea(2)


@pytest.mark.parametrize(
    ("payload", "said"),
    [({}, "missing required field `cups`"), ({"cups": "secret"}, r"at `\$\.cups`")],
)
def test_a_payload_that_cannot_be_read_is_described_without_its_values(
    payload: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnreadablePayload, match=said) as raised:
        payload_as(job(**payload), Tea)
    assert "secret" not in str(raised.value)


def test_an_action_has_one_id_and_another_action_another() -> None:
    assert id_of(7, "snooze", "20m") == id_of(7, "snooze", "20m")
    others = [id_of(7, "snooze", "1h"), id_of(7, "done", "20m"), id_of("7", "snooze", "20m")]
    assert len({id_of(7, "snooze", "20m"), id_of(7, "snooze:20m"), *others}) == 5
    assert all(re.fullmatch("[0-9a-f]{16}", other) for other in others)
