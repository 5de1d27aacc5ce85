from __future__ import annotations

import pytest

from connectors.shared import InvalidResponse
from connectors.wires.reply import day, vector


def test_a_day_that_is_none_is_none() -> None:
    assert (day("2026-13-01"), day(None)) == (None, None)


@pytest.mark.parametrize("values", [[], [[]], [True, 0.5], [None], "1", {"0": 1.0}, [[1.0], [2.0]]])
def test_what_is_no_list_of_numbers_is_no_vector(values: object) -> None:
    with pytest.raises(InvalidResponse):
        vector("x", values)
