"""Pure: the words and the buttons with which an answer ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.answers.buttons import Button
from bot.providers.failures import explain, what_happened
from bot.providers.model_names import quoted
from bot.text.formatting import on_one_line

if TYPE_CHECKING:
    from bot.providers.generation import Generation

NO_PROVIDER = "No language model is set up yet, so nobody can answer. Ask the person who runs this bot to set one up."
NO_PROVIDER_FOR_OWNER = (
    "No language model is set up yet. Set one key, such as OPENAI_API_KEY, in `.env` and restart the bot, "
    "or start a local server such as LM Studio."
)
RESUMED = "I was restarted."
BY_PERSON = "-# Stopped. Press *Continue* to let it go on."
BY_PERSON_EARLY = "-# Stopped before the first word. Press *Ask again* to start over."
CUT_OFF = "⚠️ I am being restarted and had to stop here. Ask again in a minute."
CRASHED = "⚠️ I was interrupted here. Press *Continue* for the rest."
CRASHED_EARLY = "⚠️ I was interrupted before I could answer. Press *Ask again*."
PAUSED = "-# I am being restarted. This goes on as soon as I am back."


def buttons_below(generation: Generation) -> list[Button]:
    """Return what can be done with an answer that ended."""
    is_whole = generation.finish_reason is not None and generation.finish_reason != "length"
    goes_on = generation.has_begun and not is_whole
    found = [Button.CONTINUE] if goes_on else []
    found.append(Button.AGAIN)
    if generation.reasoning.strip():
        found.append(Button.THINKING)
    return found


def why_failed(generation: Generation, *, for_owner: bool = False) -> str:
    """Return why no provider came to the end of the answer; what only the bot's owner can mend is for them."""
    failures = generation.failures
    if not failures:
        return NO_PROVIDER_FOR_OWNER if for_owner else NO_PROVIDER
    first = failures[0]
    told = failures[-1] if generation.has_begun else first
    others = [what_happened(f) for f in failures if f.row is not told.row]
    return " ".join([explain(told, for_owner=for_owner), *dict.fromkeys(others)])


def closing_lines(generation: Generation, *, is_resumed: bool) -> list[str]:
    """Return what stands below an answer that came to its end."""
    label = generation.label
    lines = []
    if not generation.has_begun:
        lines.append(f"⚠️ {_why_empty(generation)}")
    elif generation.finish_reason == "length":
        lines.append(
            "⚠️ The answer reached the model's length limit. Press *Continue* for the rest."
        )
    elif generation.finish_reason == "content_filter":
        lines.append(
            f"⚠️ The content filter of {label} stopped the answer here. Ask in other words."
        )
    elif generation.finish_reason == "error":
        lines.append(f"⚠️ {label} had an internal error here. Press *Ask again*.")
    elif generation.finish_reason == "tool_calls":
        lines.append("⚠️ The model called a tool here, though it was offered none.")
    by = f"-# {label} · {on_one_line(generation.model)}" if generation.model else f"-# {label}"
    troubles = dict.fromkeys(
        [*([RESUMED] if is_resumed else []), *(what_happened(f) for f in generation.failures)]
    )
    lines.append(" ".join([by, *(["· went on after:", *troubles] if troubles else [])]))
    return lines


def _why_empty(generation: Generation) -> str:
    label = generation.label
    model = quoted(generation.model) if generation.model else f"The model of {label}"
    match generation.finish_reason:
        case "content_filter":
            return f"The content filter of {label} let no answer through. Ask in other words."
        case "length":
            return f"{model} used up its whole length limit on thinking. Ask for less, or choose another model."
        case "tool_calls":
            return f"{model} called a tool, though it was offered none. Choose another model."
        case "error":
            return f"{label} had an internal error. Ask again, or choose another model."
        case _ if generation.reasoning.strip():
            return f"{model} only thought, and wrote no answer. Press *Show thinking* to read what it thought, or *Ask again*."
        case _:
            return f"{label} sent an empty answer. Ask again, or choose another model."
