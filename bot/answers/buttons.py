"""The buttons below an answer; their ids name the answer, so they work after a restart."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.answers import texts
from connectors.discord import Component, action_row, button, custom_ids, select


class Button(StrEnum):
    """A button; the value is the beginning of its custom_id."""

    STOP = "abi:stop"
    CONTINUE = "abi:continue"
    AGAIN = "abi:again"
    THINKING = "abi:thinking"
    REPLY = "abi:reply"
    THREAD = "abi:thread"
    WHY = "abi:why"


MODEL = "abi:model"
INSTEAD = "abi:instead"
ROW_LIMIT = 5  # source: discord, an action row
LABELS = {
    Button.STOP: texts.STOP,
    Button.CONTINUE: texts.CONTINUE,
    Button.AGAIN: texts.ASK_AGAIN,
    Button.THINKING: texts.SHOW_THINKING,
    Button.REPLY: texts.REPLY,
    Button.THREAD: texts.IN_THREAD,
    Button.WHY: texts.WHY,
}

_WAY_ON = re.compile(rf"{Button.REPLY}:|{Button.THREAD}:")


def button_row(answer_id: str, *buttons: Button) -> tuple[Component, ...]:
    """Return buttons in a row, or in two if they are more than a row takes."""
    row = [button(LABELS[b], f"{b}:{answer_id}", is_primary=b is Button.CONTINUE) for b in buttons]
    return (*action_row(*row[:ROW_LIMIT]), *action_row(*row[ROW_LIMIT:]))


def closed_row(answer_id: str) -> tuple[Component, ...]:
    """Return the row of an answer of which nothing is kept: it marks the end, and is greyed out."""
    again = button(LABELS[Button.AGAIN], f"{Button.AGAIN}:{answer_id}")
    return action_row({**again, "disabled": True})


def model_row(answer_id: str, models: Mapping[str, str]) -> tuple[Component, ...]:
    """Return a select of other models to ask, or nothing if there are none."""
    if not models:
        return ()
    return action_row(select(f"{MODEL}:{answer_id}", texts.OTHER_MODEL, models))


def instead_row(answer_id: str, provider: str, label: str) -> tuple[Component, ...]:
    """Return a button that asks another provider the same."""
    said = texts.ASK_INSTEAD.format(label=label)
    return action_row(button(said, f"{INSTEAD}:{answer_id}:{provider}", is_primary=True))


def without_ways_on(rows: Sequence[Component]) -> tuple[Component, ...]:
    """Return rows without the buttons to go on with: in direct messages people just write."""
    kept = []
    for row in rows:
        parts = [p for p in row["components"] if not _WAY_ON.match(str(p.get("custom_id", "")))]
        kept += [{**row, "components": parts}] if parts else []
    return tuple(kept)


def buttons_in(answer_id: str, components: Sequence[Component]) -> set[Button]:
    """Return the buttons of an answer that are among a message's components."""
    ids = custom_ids(components)
    return {b for b in Button if f"{b.value}:{answer_id}" in ids}
