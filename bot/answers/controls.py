"""The buttons below an answer. Their ids are static, so they mean the same after a restart."""

from enum import StrEnum

from connectors.discord import Component


class Control(StrEnum):
    """What a button does; the value is its custom_id."""

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


def row(*controls: Control) -> tuple[Component, ...]:
    """Return the buttons as one row of message components."""
    buttons = [
        {
            "type": _BUTTON,
            "style": _PRIMARY if control is Control.CONTINUE else _SECONDARY,
            "label": LABELS[control],
            "custom_id": control.value,
        }
        for control in controls
    ]
    return ({"type": _ACTION_ROW, "components": buttons},) if buttons else ()
