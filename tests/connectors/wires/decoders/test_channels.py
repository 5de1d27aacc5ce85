from __future__ import annotations

from connectors.wires.decoders.channels import ChannelSplitter
from tests.rows import each

ANALYSIS = "<|channel|>analysis<|message|>hm<|end|>"
FINAL = "<|start|>assistant<|channel|>final<|message|>Hello."


@each(
    "written, text, reasoning",
    [
        (ANALYSIS + FINAL, "Hello.", "hm"),
        (ANALYSIS + FINAL + "<|return|>", "Hello.", "hm"),
        ("<|start|>assistant" + ANALYSIS + FINAL, "Hello.", "hm"),
        (ANALYSIS + ANALYSIS + FINAL, "Hello.", "hmhm"),
        ("<|channel|>final<|message|>a < b <| c", "a < b <| c", ""),
        ("<|channel|>final <|constrain|>json<|message|>{}", "{}", ""),
        ("<|start|>assistant<|message|>Hello.", "Hello.", ""),
        (
            "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
            "",
            "{}",
        ),
        ("<|channel|>analysis<|message|>cut of", "", "cut of"),
        (ANALYSIS + "<|start|>assi", "", "hm"),
        (ANALYSIS + "Hello.", "Hello.", "hm"),
        ("<|channel|>final<|message|>Hello.<|retur", "Hello.<|retur", ""),
    ],
)
def test_only_the_final_channel_is_the_answer(written: str, text: str, reasoning: str) -> None:
    for size in range(1, len(written) + 1):
        splitter = ChannelSplitter()
        pieces = [written[start : start + size] for start in range(0, len(written), size)]
        parts = [*map(splitter.feed, pieces), splitter.finish()]
        assert "".join(part[0] for part in parts) == text
        assert "".join(part[1] for part in parts) == reasoning
