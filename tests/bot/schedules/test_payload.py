from datetime import UTC, datetime
from typing import Any

import pytest

from bot.schedules.payload import Payload
from connectors.local_scheduler import Job, State, UnreadablePayload


class Tea(Payload, frozen=True):
    cups: int
    kind: str = "green"


def row(payload: dict[str, Any]) -> Job:
    due = datetime(2026, 11, 22, 9, tzinfo=UTC)
    return Job(id="0", kind="tea", owner_id=1, next_run=due, state=State.ACTIVE, payload=payload)


@pytest.mark.parametrize("tea", [Tea(2), Tea(2, "black")])
def test_a_payload_is_read_back_as_it_was_written(tea: Tea) -> None:
    assert Tea.of(row(tea.json())) == Tea.try_of(row(tea.json())) == tea


def test_what_is_as_usual_is_not_written() -> None:
    assert Tea(2).json() == {"cups": 2}


def test_what_cannot_be_read_is_an_error_or_none() -> None:
    with pytest.raises(UnreadablePayload):
        Tea.of(row({"kind": "black"}))
    assert Tea.try_of(row({"kind": "black"})) is None
