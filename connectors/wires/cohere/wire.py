"""Cohere's API, version 2: chat, embeddings, reranking. Source: docs.cohere.com/reference."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from connectors.chat import ChatRequest, Model, Ranked
from connectors.shared import ApiRequestFailed, ChatMessage, Role, encode_json, refuse_bare_string
from connectors.wires.call import Call
from connectors.wires.cohere.reply import (
    ChatDecoder,
    completion,
    key_is_valid,
    models_page,
    ranking,
    vectors,
)
from connectors.wires.openai.request import encode_content, encode_tool, encode_tool_call
from connectors.wires.request_checks import (
    count_of,
    given,
    role_of,
    seed_of,
    spoken,
    stops_of,
    top_k_of,
    within,
)
from connectors.wires.wire import Wire

EMBED_BATCH: Final = 96  # the limit of the API
MAX_STOPS: Final = 5
PAGES: Final = 20


class CohereWire(Wire):
    """Chat, embeddings and reranking."""

    chat_path = "chat"

    async def models(self) -> list[Model]:
        """Return all pages of the model list, which exists only in version 1."""
        listed: dict[str, Model] = {}
        token = ""
        for _ in range(PAGES):
            place = f"&page_token={quote(token)}" if token else ""
            page, token = await self._get(f"/v1/models?page_size=1000{place}", models_page)
            known = len(listed)
            listed |= {model.id: model for model in page}
            if not token or len(listed) == known:
                break
        return list(listed.values())

    async def embed(
        self, texts: Sequence[str], *, model: str | None = None, input_type: str = "search_document"
    ) -> list[list[float]]:
        """Return one vector per text, in order; more than 96 texts are sent in several calls.

        ``input_type`` is search_document, search_query, classification or clustering.
        """
        return await self._embed(texts, EMBED_BATCH, model, partial(self._embed_batch, input_type))

    async def rerank(
        self,
        query: str,
        texts: Sequence[str],
        *,
        model: str | None = None,
        top_n: int | None = None,
    ) -> list[Ranked]:
        """Return at most top_n texts by how well they answer the query, the best first."""
        refuse_bare_string("texts", texts)
        if not texts or (top_n is not None and top_n < 1):
            return []
        model = model or self._config.provider.rerank_model
        body: dict[str, Any] = {"model": model, "query": query, "documents": list(texts)}
        if top_n is not None:
            body["top_n"] = top_n
        ranked = await self._post("rerank", body, ranking, texts=len(texts))
        return sorted(ranked, key=lambda place: -place.score)[:top_n]

    async def _embed_batch(
        self, input_type: str, model: str | None, texts: list[str]
    ) -> list[list[float]]:
        body = {"model": model, "texts": texts, "input_type": input_type}
        body["embedding_types"] = ["float"]
        return await self._post("embed", body, vectors, texts=len(texts))

    async def _chat_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        model = await self._choice.named_for_chat(request.model)
        body = encode(request, model=model, is_stream=is_stream)
        return self._call(self.chat_path, body, model, completion, ChatDecoder)

    async def _check_health(self) -> None:
        timeouts = self._endpoint.short_timeouts()
        is_valid = await self._endpoint.fetch(
            "POST", "/v1/check-api-key", b"", read=key_is_valid, timeouts=timeouts, retries=0
        )
        if not is_valid:
            raise ApiRequestFailed(self._name, 200, "auth")


def encode(request: ChatRequest, *, model: str | None, is_stream: bool) -> bytes:
    """Return the body of a request, without null fields, which are refused."""
    named = [tool for tool in request.tools if tool.name == request.tool_choice]
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(m) for m in spoken(request.messages)],
    }
    optional = {
        "max_tokens": count_of(request.max_tokens),
        "temperature": within(request.temperature, 0.0, 1.0),
        "p": within(request.top_p, 0.01, 0.99),
        "k": top_k_of(request.top_k, most=500),
        "stop_sequences": stops_of(request.stop, MAX_STOPS),
        "seed": seed_of(request.seed),
        # A tool cannot be named in tool_choice, so it is offered alone.
        "tools": [encode_tool(tool) for tool in named or request.tools] or None,
        "tool_choice": _tool_choice(request, is_named=bool(named)),
        "thinking": _thinking(request.reasoning_effort),
        "stream": is_stream or None,
    }
    return encode_json(body | given(optional))


def _message(message: ChatMessage) -> Mapping[str, Any]:
    if message.role in (Role.TOOL, Role.FUNCTION):
        return {
            "role": Role.TOOL,
            "tool_call_id": message.tool_call_id or "",
            "content": message.content,
        }
    if not message.tool_calls:
        return {"role": role_of(message), "content": encode_content(message)}
    calls = [encode_tool_call(call) for call in message.tool_calls]
    turn: dict[str, Any] = {"role": message.role, "tool_calls": calls}
    return turn | ({"tool_plan": message.content} if message.content else {})


def _tool_choice(request: ChatRequest, *, is_named: bool) -> str | None:
    if not request.tools:
        return None
    if is_named or request.tool_choice == "required":
        return "REQUIRED"
    return "NONE" if request.tool_choice == "none" else None


def _thinking(effort: str | None) -> dict[str, str] | None:
    if effort is None:
        return None
    return {"type": "disabled" if effort == "none" else "enabled"}
