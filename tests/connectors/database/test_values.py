from typing import Any

import pytest

from connectors.database import InvalidValue
from connectors.database.schema import choices, jobs
from connectors.database.values import as_text, checked, is_text


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "0" * 33),
        ("zone", "Europe/\0Berlin"),
        ("rule", "\ud800"),
        ("owner_id", 2**63),
        ("payload", "\0"),
    ],
)
def test_what_a_column_cannot_hold_is_named_without_its_value(column: str, value: Any) -> None:
    with pytest.raises(InvalidValue, match=rf"jobs\.{column} cannot hold") as raised:
        checked(jobs, {"kind": "reminder", column: value})
    assert str(value) not in str(raised.value)


def test_what_fits_is_returned_as_it_is() -> None:
    row = {"scope": "me", "place_id": 2**63 - 1, "provider": "mlx", "model": "ö" * 200}
    assert checked(choices, row) is row


def test_a_text_with_what_cannot_be_stored_keeps_the_rest() -> None:
    assert as_text("a\0b\ud800c 🎉") == "a?b?c 🎉"
    assert is_text("ö 🎉")
