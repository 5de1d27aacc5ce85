from __future__ import annotations

import pytest

from connectors.wires.images import inline_image


def test_a_data_url_is_taken_apart() -> None:
    assert inline_image("data:image/JPEG;charset=x;base64,AA==") == ("image/jpeg", "AA==")


@pytest.mark.parametrize("url", ["https://host/a.png", "data:image/png,raw", "data:;base64,AA=="])
def test_anything_else_is_a_link(url: str) -> None:
    assert inline_image(url) is None
