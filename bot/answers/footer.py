"""The lines and buttons below an answer that has ended; pure."""

import re
from collections.abc import Iterable

from bot.answers import texts
from bot.answers.buttons import Button
from bot.answers.origin import Origin
from bot.providers.failures import explain, what_happened
from bot.providers.generation import Generation
from bot.providers.model_names import quoted
from bot.providers.question import Question
from bot.providers.reader import Reader
from bot.providers.texts import BADGE, NO_LOCAL_MODEL
from bot.text.chunking import split
from bot.text.formatting import on_one_line
from bot.text.links import without_masks

NOTES = 5
_PRESS = re.compile(r" ?Press \*[^.]*\.")


def buttons_below(generation: Generation) -> list[Button]:
    is_whole = generation.finish_reason is not None and generation.finish_reason != "length"
    goes_on = generation.has_begun and not is_whole
    thinking = [Button.THINKING] if generation.reasoning.strip() else []
    return [*([Button.CONTINUE] if goes_on else []), Button.AGAIN, *thinking]


def ways_on(origin: Origin, question: Question) -> list[Button]:
    """Return the buttons to go on with; in direct messages people just write.

    Nothing can follow a private answer that is not remembered.
    """
    if origin.is_away:
        return [Button.REPLY] if question.turn or not origin.private else []
    if origin.private or origin.guild_id is None:
        return []
    is_thread = question.where is not None and question.where.parent_id != 0
    return [Button.REPLY, *([] if is_thread else [Button.THREAD])]


def without_presses(lines: Iterable[str]) -> list[str]:
    """Return lines without their sentences that tell to press a button."""
    return [_PRESS.sub("", line) for line in lines]


def why_failed(generation: Generation, reader: Reader = Reader.MEMBER) -> str:
    """Return why no provider finished the answer, as far as it concerns whoever asked."""
    failures, is_local_only = generation.failures, generation.outlet.is_local_only
    if not failures and is_local_only:
        return NO_LOCAL_MODEL
    if not failures:
        return texts.NO_PROVIDER_FOR_OWNER if reader is Reader.OWNER else texts.NO_PROVIDER
    first = failures[0]
    shown = failures[-1] if generation.has_begun else first
    others = [what_happened(f) for f in failures if f.row is not shown.row]
    said = explain(shown, reader, is_local_only=is_local_only)
    return " ".join([said, *dict.fromkeys(others)])


def withheld(generation: Generation, reader: Reader) -> tuple[str, ...]:
    """Return why it failed as a manager and as the bot's owner may read it, where nobody else does.

    Nothing if whoever asked reads there what everyone does.
    """
    if _each_failure(generation, reader) == _each_failure(generation, Reader.MEMBER):
        return ()
    return tuple(_each_failure(generation, each) for each in (Reader.MANAGER, Reader.OWNER))


def _each_failure(generation: Generation, reader: Reader) -> str:
    """Return a line about each failure, as many as fit into a message."""
    is_local_only = generation.outlet.is_local_only
    told = [explain(f, reader, is_local_only=is_local_only) for f in generation.failures]
    return split("\n".join(dict.fromkeys(told)))[0]


def notes_above(generation: Generation) -> list[str]:
    """Return the sentences about what was asked, each on a line of its own."""
    notes = dict.fromkeys(generation.notes)
    more = [texts.MORE_NOTES.format(count=len(notes) - NOTES)] if len(notes) > NOTES else []
    return [texts.NOTE.format(note=note) for note in [*list(notes)[:NOTES], *more]]


def closing_lines(
    generation: Generation, *, is_resumed: bool, is_instead: bool = False
) -> list[str]:
    label = generation.label
    at_end = _AT_END.get(generation.finish_reason or "")
    warning = at_end if generation.has_begun else _why_empty(generation)
    lines = [f"⚠️ {warning.format(label=label)}"] if warning else []
    model = without_masks(on_one_line(generation.model or ""))
    badge = BADGE if generation.outlet.is_local_only else ""
    by = (
        f"-# {' · '.join(filter(None, [label, model, texts.INSTEAD if is_instead else '', badge]))}"
    )
    troubles = [what_happened(failure) for failure in generation.failures]
    if is_resumed:
        troubles.insert(0, texts.RESUMED)
    after = [texts.AFTER, *dict.fromkeys(troubles)] if troubles else []
    return [*lines, " ".join([by, *after])]


def _why_empty(generation: Generation) -> str:
    label = generation.label
    otherwise = texts.EMPTY_THOUGHT if generation.reasoning.strip() else texts.EMPTY
    sentence = _EMPTY_AT_END.get(generation.finish_reason or "", otherwise)
    model = quoted(generation.model) if generation.model else texts.MODEL_OF.format(label=label)
    return sentence.format(label=label, model=model)


_AT_END = {
    "length": texts.LENGTH,
    "content_filter": texts.FILTERED,
    "error": texts.ERROR,
    "tool_calls": texts.TOOL_CALL,
}
_EMPTY_AT_END = {
    "length": texts.EMPTY_LENGTH,
    "content_filter": texts.EMPTY_FILTERED,
    "error": texts.EMPTY_ERROR,
    "tool_calls": texts.EMPTY_TOOL_CALL,
}
