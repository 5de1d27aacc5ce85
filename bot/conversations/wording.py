"""Messages of people, worded so that a model knows who said what and takes it for data; pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Final

from bot.conversations.material import Material
from bot.providers.question import Quote
from bot.storage.turn import Turn
from bot.text.formatting import on_one_line
from connectors import ChatMessage, Role

NAME_LIMIT: Final = 32  # source: Discord, a display name
SOMEONE: Final = "someone"
ASSISTANT: Final = "assistant"
_RESERVED: Final = frozenset({ASSISTANT, "system", "user", "you", "developer", "tool"})
_UNSAFE: Final = re.compile(r"[<>\"\[\]{}\\\\`]")
# Only our own marks, so that code with other tags stays as it is.
_MARKS: Final = re.compile(r"<(?=\s*/?\s*(?:speaker|quoted|earlier)\b)", re.IGNORECASE)


def plain(name: str, limit: int = NAME_LIMIT) -> str:
    """Return a name on one line, without what could end the mark that it stands in."""
    folded = unicodedata.normalize("NFKC", on_one_line(name))
    return " ".join(_UNSAFE.sub("", folded).split())[:limit].strip()


def names_of(speakers: Iterable[tuple[int, str]]) -> dict[int, str]:
    """Return a name for each id; who shares one with somebody else is told apart by the id."""
    latest = {user_id: plain(name) or SOMEONE for user_id, name in dict(speakers).items()}
    taken: dict[str, list[int]] = {}
    for user_id, name in latest.items():
        taken.setdefault(name.casefold(), []).append(user_id)
    named: dict[int, str] = {}
    for folded, ids in taken.items():
        is_shared = len(ids) > 1 or folded in _RESERVED
        tails = _tails(ids) if is_shared else {}
        named |= {i: f"{latest[i]} #{tails[i]}" if is_shared else latest[i] for i in ids}
    return named


def _tails(ids: Sequence[int]) -> dict[int, str]:
    """Return the last digits of ids, as many as it takes to tell them apart."""
    for length in count(4):
        tails = {user_id: f"{user_id:04}"[-length:] for user_id in ids}
        if len(set(tails.values())) == len(set(ids)):
            return tails
    raise AssertionError("count() has no end")


def data(text: str) -> str:
    """Return text that cannot open or close a mark of ours."""
    return _MARKS.sub("\u2039", text) if "<" in text else text


def said_by(name: str, text: str) -> str:
    return f'<speaker name="{name}">\n{data(text)}\n</speaker>'


def quoted(quote: Quote) -> str:
    name = plain(quote.author) or SOMEONE
    return f'<quoted from="{name}">\n{data(quote.text)}\n</quoted>'


def earlier(summary: str) -> str:
    return f"<earlier>\n{data(summary)}\n</earlier>"


def asked(prompt: str, quote: Quote | None, name: str | None) -> str:
    """Return a question with the message that it is about; with a name if there are several."""
    said = prompt if name is None else said_by(name, prompt)
    said = data(said) if name is None else said
    return said if quote is None else f"{quoted(quote)}\n{said}".rstrip()


def messages_of(
    turn: Turn, names: Mapping[int, str], material: Material | None = None
) -> list[ChatMessage]:
    """Return a turn as messages, without an answer if there was none.

    Its files are only named, unless there is material of them.
    """
    if turn.is_deleted:
        return []
    name = names.get(turn.author_id) if len(names) > 1 else None
    files = turn.extras.files
    material = material or (Material(left_out=tuple(f.filename for f in files)) if files else None)
    text, urls = (material.around(turn.prompt), material.urls) if material else (turn.prompt, ())
    question = asked(text, turn.extras.quote, name)
    said = [ChatMessage(Role.USER, question, urls)] if question.strip() else []
    if turn.answer.strip():
        said.append(ChatMessage(Role.ASSISTANT, turn.answer))
    return said


def alternating(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Return messages in which no two of one role follow each other, and the user speaks first.

    Several templates refuse anything else.
    """
    merged: list[ChatMessage] = []
    for message in messages:
        last = merged[-1] if merged else None
        if last is not None and last.role == message.role:
            content = "\n\n".join(filter(str.strip, (last.content, message.content)))
            merged[-1] = ChatMessage(message.role, content, (*last.images, *message.images))
        elif last is not None or message.role == Role.USER:
            merged.append(message)
    return merged


def clipped(text: str, limit: int) -> str:
    """Return text of at most about ``limit`` characters: its beginning, and some of its end."""
    if len(text) <= limit:
        return text
    tail = limit // 4
    head = max(limit - tail, 0)
    left = len(text) - head - tail
    return f"{text[:head]}\n[... {left:,} characters left out ...]\n{text[len(text) - tail :]}"
