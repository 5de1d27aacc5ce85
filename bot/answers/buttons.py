"""The buttons below an answer. Their ids name the answer in the ledger, so they mean the same after a restart."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from connectors.discord import Component


class Control(StrEnum):
    """What a button does; the value begins its custom_id."""

    STOP = "abi:stop"
    CONTINUE = "abi:continue"
    AGAIN = "abi:again"
    THINKING = "abi:thinking"


LABELS = {
    Control.STOP: "Stop",
    Control.CONTINUE: "Continue",
    Control.AGAIN: "Ask again",
    Control.THINKING: "Show thinking",
}
_PRIMARY, _SECONDARY = 1, 2
_ACTION_ROW, _BUTTON = 1, 2


def row(answer_id: str, *controls: Control) -> tuple[Component, ...]:
    """Return the buttons as one row of message components."""
    buttons = [
        {
            "type": _BUTTON,
            "style": _PRIMARY if control is Control.CONTINUE else _SECONDARY,
            "label": LABELS[control],
            "custom_id": f"{control.value}:{answer_id}",
        }
        for control in controls
    ]
    return ({"type": _ACTION_ROW, "components": buttons},) if buttons else ()


def controls_of(answer_id: str, components: Sequence[Any]) -> set[Control]:
    """Return which buttons of an answer a message has."""
    ids = {b.get("custom_id") for r in components for b in r.get("components", ())}
    return {control for control in Control if f"{control.value}:{answer_id}" in ids}
