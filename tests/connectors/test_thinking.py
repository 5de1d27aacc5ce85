from __future__ import annotations

import pytest

from connectors.thinking import ThinkSplitter


@pytest.mark.parametrize(
    ("written", "text", "reasoning"),
    [
        ("<think>hm</think>yes", "yes", "hm"),
        ("\n<think>\nhm </think>\n\n yes <b>", "yes <b>", "hm "),
        ("<think></think>yes", "yes", ""),
        ("<think>a < b </thin> c</think>yes", "yes", "a < b </thin> c"),
        ("<think>never closed </thi", "", "never closed </thi"),
        ("yes <think>no</think>", "yes <think>no</think>", ""),
        ("<thinking>", "<thinking>", ""),
        ("  yes", "  yes", ""),
        ("<th", "<th", ""),
        ("", "", ""),
    ],
)
def test_only_a_leading_block_is_thinking(written: str, text: str, reasoning: str) -> None:
    for size in range(1, len(written) + 2):
        splitter = ThinkSplitter()
        pieces = [written[start : start + size] for start in range(0, len(written), size)]
        parts = [*map(splitter.feed, pieces), splitter.finish()]
        assert "".join(part[0] for part in parts) == text
        assert "".join(part[1] for part in parts) == reasoning
