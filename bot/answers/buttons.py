"""The buttons below an answer. Their ids name the answer in the ledger, so they mean the same after a restart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.discord import Component


class Button(StrEnum):
    """What a button does; the value begins its custom_id."""

    STOP = "abi:stop"
    CONTINUE = "abi:continue"
    AGAIN = "abi:again"
    THINKING = "abi:thinking"


LABELS = {
    Button.STOP: "Stop",
    Button.CONTINUE: "Continue",
    Button.AGAIN: "Ask again",
    Button.THINKING: "Show thinking",
}
_PRIMARY, _SECONDARY = 1, 2
_ACTION_ROW, _BUTTON = 1, 2


def button_row(answer_id: str, *buttons: Button) -> tuple[Component, ...]:
    """Return the buttons as one row of message components."""
    components = [
        {
            "type": _BUTTON,
            "style": _PRIMARY if button is Button.CONTINUE else _SECONDARY,
            "label": LABELS[button],
            "custom_id": f"{button.value}:{answer_id}",
        }
        for button in buttons
    ]
    return ({"type": _ACTION_ROW, "components": components},) if components else ()


def buttons_in(answer_id: str, components: Sequence[Any]) -> set[Button]:
    """Return which buttons of an answer a message has."""
    ids = {b.get("custom_id") for r in components for b in r.get("components", ())}
    return {button for button in Button if f"{button.value}:{answer_id}" in ids}
