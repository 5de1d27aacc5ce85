"""The buttons below an answer. Their ids name the answer in the ledger, so they mean the same after a restart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.answers import texts
from connectors.discord import action_row, button, custom_ids

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
    Button.STOP: texts.STOP,
    Button.CONTINUE: texts.CONTINUE,
    Button.AGAIN: texts.ASK_AGAIN,
    Button.THINKING: texts.SHOW_THINKING,
}


def button_row(answer_id: str, *buttons: Button) -> tuple[Component, ...]:
    """Return the buttons as one row of message components."""
    return action_row(
        *(
            button(LABELS[b], f"{b.value}:{answer_id}", is_primary=b is Button.CONTINUE)
            for b in buttons
        )
    )


def buttons_in(answer_id: str, components: Sequence[Component]) -> set[Button]:
    """Return which buttons of an answer a message has."""
    ids = custom_ids(components)
    return {b for b in Button if f"{b.value}:{answer_id}" in ids}
