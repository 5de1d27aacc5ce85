"""What the scripted model says: a reply that was asked for, or the built-in speech."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

SPEECH_DELAY_S = 0.025

_STREAM_ERROR = {
    "message": "The server had an error while processing your request.",
    "type": "server_error",
    "param": None,
    "code": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted answer: the pieces, when each may leave, and how it ends.

    `gates` counts through `reasoning` and then `chunks`, from 0. A `body`, or a status other than
    200, is sent whole instead of a completion; without a body, OpenAI's own error for that status.
    """

    chunks: Sequence[str] = ()
    reasoning: Sequence[str] = ()
    finish_reason: str | None = "stop"
    usage: tuple[int, int] | None = (12, 34)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    delay_s: float = 0.0
    first_byte: asyncio.Event | None = None
    gates: Mapping[int, asyncio.Event] = field(default_factory=dict)
    end: Literal["done", "close", "reset", "hang", "garbage", "error"] = "done"
    error: Mapping[str, Any] = field(default_factory=lambda: _STREAM_ERROR)
    coalesce: int = 1

    @property
    def is_whole(self) -> bool:
        return self.body is not None or self.status != HTTPStatus.OK


def speech(prompt: str, *, model: str, so_far: str = "") -> Reply:
    """Return the built-in answer, or what is left of it behind what has been said so far."""
    if lines := _LINE.findall(prompt):
        text, words_per_piece = _digest(lines), 6
    else:
        text = _speech(prompt, model)
        words_per_piece = 6 if _LONG.search(prompt) else 1
    rest = _rest(text, so_far) if so_far.strip() else text
    thinks = "thinking" in model and rest is text
    return Reply(
        chunks=_pieces(rest, words_per_piece),
        reasoning=_pieces(_THOUGHTS, 1) if thinks else [],
        usage=(max(1, len(prompt + so_far) // 4), len(rest) // 4),
        delay_s=SPEECH_DELAY_S,
    )


def next_speech(messages: Sequence[tuple[str, str]], *, model: str) -> Reply:
    """Return what comes next in a conversation, given as roles and texts.

    Behind the beginning of an answer it goes on from there, whatever the last turn says.
    """
    turns = [(role, text) for role, text in messages if role in ("user", "assistant")]
    answered = [at for at, (role, _) in enumerate(turns) if role == "assistant"]
    if answered:
        at = answered[-1]
        asked = next((text for role, text in reversed(turns[:at]) if role == "user"), "")
        so_far = turns[at][1]
        whole = "".join(speech(asked, model=model).chunks)
        is_new_question = so_far.rstrip() == whole.rstrip() and turns[at + 1 :]
        if not is_new_question:
            return speech(asked, model=model, so_far=so_far)
    prompt = next((text for role, text in reversed(turns) if role == "user"), "")
    return speech(prompt, model=model)


def _rest(text: str, so_far: str) -> str:
    """Return what stands in text behind so_far, or behind its last words; a last sentence if none of it does."""
    said = so_far.rstrip()
    if text.startswith(said):
        return text[len(so_far) :] if text.startswith(so_far) else text[len(said) :]
    at = text.find(said[-_RECOGNISED:])
    return text[at + len(said[-_RECOGNISED:]) :] if at >= 0 else _UNKNOWN


def _speech(prompt: str, model: str) -> str:
    """Return a text that is friendly, in Markdown, and plainly a script."""
    quoted = " ".join(prompt.split())
    quoted = quoted if len(quoted) <= 120 else quoted[:119] + "…"
    text = _SPEECH.format(prompt=quoted or "(nothing)", model=model or "sandbox-small")
    if re.search(r"\b(code|python)\b", prompt, re.IGNORECASE):
        text += _CODE
    if _LONG.search(prompt):
        text += "".join(_CHAPTER.format(number=number) for number in range(1, 25))
    return text + _CLOSING


def _digest(lines: Sequence[tuple[str, str, str]]) -> str:
    """Return a digest of numbered messages: a script cannot read, so it goes by how they look."""
    text = "I am a script and cannot read, so I chose these by their looks. A real model tells you more.\n"
    for title, pattern in _LOOKS:
        found = [line for line in lines if pattern.search(line[2])][:_DIGEST_POINTS]
        if found:
            points = [f"- {name}: {said} [{number}]" for number, name, said in found]
            text += f"**{title}**\n" + "\n".join(points) + "\n"
    names = [name for _, name, _ in lines]
    busiest = max(names, key=names.count)
    last = lines[-1][0]
    return text + f"{busiest} wrote most of it, and the last word is [{last}]."


def _pieces(text: str, words: int) -> list[str]:
    parts = re.findall(r"\s*\S+", text)
    return ["".join(parts[start : start + words]) for start in range(0, len(parts), words)]


_LONG = re.compile(r"\blong\b", re.IGNORECASE)
_RECOGNISED = 40  # characters of what another model has said by which a place in the text is found
_UNKNOWN = " Somebody else began this answer, and a script cannot go on from there."

# A line of a digest's material: its number, who, when, perhaps what it answers, and the text.
_LINE = re.compile(
    r"^\[(\d+)\] ([^,\n]+), [^:\n]+:\d\d(?: \(answers \[\d+\]\))?: (.+)$", re.MULTILINE
)
_LOOKS = (
    ("Decided", re.compile(r"\b(decided|agreed|confirmed|settle)\b", re.IGNORECASE)),
    ("Somebody takes care of it", re.compile(r"\bI(?:'ll| will| can| take) ", re.IGNORECASE)),
    ("Still open", re.compile(r"\?$")),
)
_DIGEST_POINTS = 4

_SPEECH = """\
Hello! You asked:
> {prompt}

I am **{model}**, a *scripted* model that runs inside the sandbox. I do not understand questions: \
I say these sentences to everyone, word by word, so that you can watch an answer being written \
without an account or a key.

What you see is real all the same. The bot took your command, asked me over HTTP, read my words \
as they came and edited its message as fast as Discord allows. Real models take this very path.

Things to try next:
- put the word `python` into your question, and I will add a block of code
- ask for something *long*, and I will talk until it no longer fits into one message
- choose the model `sandbox-thinking`, and I will think before I speak
"""

_CODE = """
Here is the code you wished for:
```python
def fizzbuzz(number: int) -> str:
    fizz = "" if number % 3 else "Fizz"
    buzz = "" if number % 5 else "Buzz"
    return fizz + buzz or str(number)


for number in range(1, 16):
    print(fizzbuzz(number))
```
"""

_CHAPTER = """
**Part {number} of 24**
A long answer does not fit into one message of 2,000 characters. The bot cuts it where a reader \
would: between paragraphs if it can, then between lines, sentences and words. What has been said \
stays where it is while the rest is being written below it.
```text
part {number:>2}: a block of code that is open when a message is full
         is closed there and opened again in the next one
```
The list of what is counted here is short, and each part repeats it:
1. messages that are full never change again
2. the newest words appear first in the last message
"""

_CLOSING = """
To hear a real model, put the key of a provider into `.env` and start the sandbox again: \
**no other change is needed**. The README lists the providers.
"""

_THOUGHTS = """\
The question has arrived. I am a script, so there is little to think about: greet the reader, \
say what I am, and offer something to try. These thoughts are sent apart from the answer, as real \
reasoning models send theirs, and must never be mixed into it."""
