"""Answers of the scripted model: those given by a test, and the built-in speech."""

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
    """One scripted answer: its pieces, when each may be sent, and how it ends.

    ``gates`` are numbered from 0 through ``reasoning``, then ``chunks``. A ``body`` is sent instead
    of a completion, and a status other than 200 without a body is OpenAI's own error.
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
    """Return the built-in answer, or the rest of it after so_far."""
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
    """Return the next answer of a conversation, given as roles and texts.

    An answer that was cut off is continued if nothing is said after it, or only to go on.
    """
    if any(role == "system" and _TITLE.match(text) for role, text in messages):
        return Reply(chunks=[_title(messages[-1][1])])
    turns = [(role, text) for role, text in messages if role in ("user", "assistant")]
    answered = [at for at, (role, _) in enumerate(turns) if role == "assistant"]
    if answered:
        at = answered[-1]
        asked = next((text for role, text in reversed(turns[:at]) if role == "user"), "")
        so_far = turns[at][1]
        after = [text for _, text in turns[at + 1 :]]
        if not after or (_GO_ON.match(after[-1]) and not _is_whole(so_far, asked, model)):
            return speech(asked, model=model, so_far=so_far)
    prompt = next((text for role, text in reversed(turns) if role == "user"), "")
    return speech(prompt, model=model)


def _is_whole(so_far: str, asked: str, model: str) -> bool:
    whole = "".join(speech(asked, model=model).chunks)
    return so_far.rstrip() in (whole.rstrip(), "") or bool(_ENDS.search(so_far))


def _rest(text: str, so_far: str) -> str:
    """Return the rest of text after so_far, or after its last words if only they are in text."""
    said = so_far.rstrip()
    if text.startswith(said):
        return text[len(so_far) :] if text.startswith(so_far) else text[len(said) :]
    at = text.find(said[-_RECOGNISED:])
    return text[at + len(said[-_RECOGNISED:]) :] if at >= 0 else _UNKNOWN


def _speech(prompt: str, model: str) -> str:
    """Return a friendly text in Markdown that says that it is scripted."""
    prompt = _question(prompt)
    quoted = " ".join(prompt.split())
    quoted = quoted if len(quoted) <= 120 else quoted[:119] + "…"
    text = _SPEECH.format(prompt=quoted or "(nothing)", model=model or "sandbox-small")
    if re.search(r"\b(code|python)\b", prompt, re.IGNORECASE):
        text += _CODE
    if _LONG.search(prompt):
        text += "".join(_CHAPTER.format(number=number) for number in range(1, 25))
    return text + _CLOSING


def _question(prompt: str) -> str:
    """Return what was asked, without what it is about and who asks."""
    asked = _QUOTED.sub("", _FILES.sub("", prompt))
    asked = _PICTURES.sub("", asked)
    speakers: list[str] = _SPEAKER.findall(asked)
    return speakers[-1] if speakers else asked


def _title(conversation: str) -> str:
    """Return the first words of a conversation."""
    words = re.findall(r"[\w'-]+", _question(conversation).split("\n")[0])
    title = " ".join(words[:_TITLE_WORDS]) or "A conversation"
    return title[0].upper() + title[1:]


def _digest(lines: Sequence[tuple[str, str, str]]) -> str:
    """Return a digest of numbered messages, chosen by patterns."""
    text = _DIGEST
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


# The bot's words for going on, and those of people.
_GO_ON = re.compile(r"\s*(?:please\s+)?(?:go on|continue)\b", re.IGNORECASE)
_LONG = re.compile(r"\blong\b", re.IGNORECASE)
# The last characters of another model's text, by which the place to go on is found.
_RECOGNISED = 40
_UNKNOWN = " This answer was begun by another model, and a script cannot continue it."

# A message in the prompt of a digest: number, author, time, perhaps what it answers, and text.
# Above a question; a model would read them, and this one only quotes.
_FILES = re.compile(r"\A.*</file mark=\"\w+\">\s*", re.DOTALL)
_QUOTED = re.compile(r"<quoted from=.*?</quoted>\s*", re.DOTALL)
_PICTURES = re.compile(r"\s*^Attached pictures, in this order: .*$", re.MULTILINE)
_SPEAKER = re.compile(r"<speaker name=[^>]*>\n(.*?)\n</speaker>", re.DOTALL)
_TITLE = re.compile(r"Write a title\b")
_TITLE_WORDS = 6
_LINE = re.compile(
    r"^\[(\d+)\] ([^,\n]+), [^:\n]+:\d\d(?: \(answers \[\d+\]\))?: (.+)$", re.MULTILINE
)
_LOOKS = (
    ("Decided", re.compile(r"\b(decided|agreed|confirmed|settle)\b", re.IGNORECASE)),
    ("Taken care of", re.compile(r"\bI(?:'ll| will| can| take) ", re.IGNORECASE)),
    ("Still open", re.compile(r"\?$")),
)
_DIGEST_POINTS = 4
_DIGEST = (
    "I am a script and cannot read, so I picked these by keywords. A real model does better.\n"
)

_SPEECH = """\
Hello! You asked:
> {prompt}

I am **{model}**, a *scripted* model inside the sandbox. I do not understand your question: I give \
everyone the same text, word by word, so that you can watch an answer stream without an account \
or a key.

Everything else is real. The bot received your command, sent me a request over HTTP, read the \
stream and edited its message as fast as Discord allows. It does the same with real models.

Things to try next:
- put the word `python` into your question, and I will add a code block
- ask for something *long*, and my answer will not fit into one message
- choose the model `sandbox-thinking`, and I will think before I answer
"""

_CODE = """
Here is some code:
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
A Discord message holds 2,000 characters, so a long answer is split: between paragraphs if \
possible, otherwise between lines, sentences or words. Finished messages stay as they are while \
the rest streams below them.
```text
part {number:>2}: a code block that is open at the end of a message
         is closed there and opened again in the next one
```
Two rules, repeated in every part:
1. a message that is full never changes again
2. new words appear in the last message
"""

_CLOSING = """
To use a real model, add a provider's key to `.env` and restart the sandbox: **nothing else \
needs to change**. docs/providers.md lists the providers.
"""

_ENDS = re.compile(re.escape(_CLOSING.strip()) + r"\s*\Z")

_THOUGHTS = """\
I have received the question. I am a script, so there is little to think about: greet the reader, \
say what I am, and suggest something to try. These thoughts are sent separately from the answer, \
as reasoning models do, and must never be part of it."""
