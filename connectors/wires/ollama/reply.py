"""Replies of Ollama, whole and streamed; only the fields in use are decoded."""

import re
from typing import Any

import msgspec

from connectors.chat import Chunk, Completion, Model, Usage
from connectors.wires import reply
from connectors.wires.chat_models import is_chat_entry, sees_images
from connectors.wires.decoders.tool_calls import ToolCallBuilder, new_call_id
from connectors.wires.finish_reasons import finish_reason
from connectors.wires.reply import Refuse, count, decode_body, entries, error_in
from connectors.wires.stream import EventDecoder


class _Function(msgspec.Struct, gc=False):
    name: str = ""
    arguments: Any = None


class _Call(msgspec.Struct, gc=False):
    function: _Function | None = None
    id: str | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class _Answer(msgspec.Struct, gc=False):
    """A whole answer, or one line of a stream; ``response`` is that of /api/generate."""

    message: _Message | None = None
    response: str | None = None
    thinking: str | None = None
    model: str | None = None
    done: bool = False
    done_reason: str | None = None
    prompt_eval_count: Any = None
    eval_count: Any = None
    error: Any = None


class _Vectors(msgspec.Struct):
    embeddings: list[Any] | None = None


class _Entry(msgspec.Struct):
    name: str = ""
    model: str = ""
    capabilities: Any = None
    details: Any = None
    remote_host: Any = None  # of a model in Ollama's cloud, also under a name of one's own


class _Loaded(msgspec.Struct):
    name: str = ""
    model: str = ""
    context_length: Any = None


class _Shown(msgspec.Struct):
    model_info: Any = None
    parameters: Any = None  # lines of a name and a value


_answer_decoder = msgspec.json.Decoder(_Answer)
_vectors_decoder = msgspec.json.Decoder(_Vectors)
_shown_decoder = msgspec.json.Decoder(_Shown)
# Source: docs.ollama.com/cloud, gpt-oss:120b-cloud.
_CLOUD = re.compile(r"[:-]cloud$", re.IGNORECASE)
_NUM_CTX = re.compile(r"^\s*num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)


def completion(provider: str, body: bytes, refuse: Refuse) -> Completion:
    """Return a whole answer. Raises the error that the body holds, or InvalidResponse."""
    answer = decode_body(provider, _answer_decoder, body)
    if answer.error or (answer.message is None and answer.response is None):
        raise error_in(provider, body, refuse)
    text, reasoning = _words(answer)
    calls = ToolCallBuilder()
    _add_calls(calls, answer)
    return Completion(
        text=text,
        reasoning=reasoning,
        model=answer.model,
        usage=_usage(answer),
        finish_reason=finish_reason(answer.done_reason, has_calls=calls.has_any),
        finish_raw=answer.done_reason,
        tool_calls=calls.calls(new_call_id),
    )


def vectors(provider: str, body: bytes, refuse: Refuse, *, texts: int) -> list[list[float]]:
    """Return the vectors in order. Raises InvalidResponse unless there is one per text."""
    rows = decode_body(provider, _vectors_decoder, body).embeddings
    return reply.vectors(provider, body, refuse, rows, texts=texts)


def models(provider: str, body: bytes, refuse: Refuse) -> list[Model]:
    """Return the installed models; without capabilities, their family and name decide."""
    listed = entries(provider, body, refuse, _Entry, "models", "data", key="name")
    return [_model(entry) for entry in listed if entry.model or entry.name]


def loaded_lengths(provider: str, body: bytes, refuse: Refuse) -> dict[str, int]:
    """Return how many tokens each model in memory takes, where the server says so."""
    listed = entries(provider, body, refuse, _Loaded, "models", key="name")
    lengths = {entry.model or entry.name: count(entry.context_length) for entry in listed}
    return {name: length for name, length in lengths.items() if length}


def shown_length(provider: str, body: bytes, refuse: Refuse) -> int | None:
    """Return the length that a model is set to, else the one it was trained for."""
    shown = decode_body(provider, _shown_decoder, body)
    if shown.model_info is None and shown.parameters is None:
        raise error_in(provider, body, refuse)
    given = _NUM_CTX.search(shown.parameters) if isinstance(shown.parameters, str) else None
    if given is not None:
        return int(given[1]) or None
    info = shown.model_info if isinstance(shown.model_info, dict) else {}
    lengths = (count(info[name]) for name in info if name.endswith(".context_length"))
    return next(filter(None, lengths), None)


class AnswerDecoder(EventDecoder):
    """Decodes the lines of /api/chat and /api/generate. An error is a line, under status 200."""

    def _take(self, data: bytes, chunks: list[Chunk]) -> None:
        answer = self._decode(_answer_decoder, data)
        if answer.error:
            self._refuse_by(data)
            return
        if answer.message is None and answer.response is None and not answer.done:
            self._take_unknown(data, chunks)
            return
        self._model = answer.model or self._model
        self._say(chunks, *_words(answer))
        _add_calls(self._tools, answer)
        if answer.done or answer.done_reason:
            self._usage = _usage(answer)
            self._finish_raw = answer.done_reason
            self.is_finished, self.is_done = True, answer.done


def _words(answer: _Answer) -> tuple[str, str]:
    if answer.message is None:
        return answer.response or "", answer.thinking or ""
    return answer.message.content or "", answer.message.thinking or ""


def _add_calls(calls: ToolCallBuilder, answer: _Answer) -> None:
    # Each call comes whole. The index is no key, as older servers send 0 for all.
    for call in (answer.message.tool_calls if answer.message else None) or ():
        if call.function is not None:
            calls.put(object(), call.id, call.function.name, call.function.arguments)


def _usage(answer: _Answer) -> Usage | None:
    read, written = reply.count(answer.prompt_eval_count), reply.count(answer.eval_count)
    return None if read is None and written is None else Usage(read, written)


def _model(entry: _Entry) -> Model:
    name = entry.model or entry.name
    fields = msgspec.structs.asdict(entry)
    return Model(
        id=name,
        is_chat=is_chat_entry(name, fields),
        sees_images=sees_images(fields),
        is_remote=bool(entry.remote_host) or _CLOUD.search(name) is not None,
    )
