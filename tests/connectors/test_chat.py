from __future__ import annotations

from typing import Any

import pytest

from connectors.chat import ChatRequest


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("messages", {"messages": "hi"}),
        ("messages", {"messages": b"hi"}),
        ("stop", {"messages": (), "stop": "x"}),
        ("stop", {"messages": (), "stop": ""}),
        ("tools", {"messages": (), "tools": "get_weather"}),
    ],
)
def test_a_request_refuses_a_bare_string(name: str, fields: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=f"{name} takes a sequence, not a bare"):
        ChatRequest(**fields)
