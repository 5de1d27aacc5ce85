"""Hugging Face: chat over its router, text generation and embeddings over the classic API or TGI.

Source: huggingface.co/docs/inference-providers and huggingface.co/docs/text-generation-inference.
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from connectors.chat import ChatRequest
from connectors.shared import encode_json, without_surrogates
from connectors.wires.call import Call
from connectors.wires.generator import GeneratorWire
from connectors.wires.huggingface.reply import TokenDecoder, completion, features
from connectors.wires.openai.request import LEAST_TOP_P
from connectors.wires.openai.wire import OpenAIEmbeddings
from connectors.wires.request_checks import count_of, given, seed_of, stops_of, top_k_of, within

EMBED_BATCH: Final = 64
MAX_STOPS: Final = 4
# Hosts with the model in the path; any other host is a server of one model.
_MODEL_ROOTS: Final = {
    "router.huggingface.co": "/hf-inference/models",
    "api-inference.huggingface.co": "/models",
}


class HuggingFaceWire(OpenAIEmbeddings, GeneratorWire):
    """Chat as OpenAI's; generation and embeddings by ``inputs`` and ``parameters``."""

    async def embed(self, texts: Sequence[str], *, model: str | None = None) -> list[list[float]]:
        """Return one vector per text, in order; a server of one model is asked as OpenAI's."""
        if self._model_root() is None:
            return await super().embed(texts, model=model)
        return await self._embed(texts, EMBED_BATCH, model, self._extract)

    async def _extract(self, model: str | None, texts: list[str]) -> list[list[float]]:
        path = f"{self._model_root()}/{_quoted(model or '')}/pipeline/feature-extraction"
        return await self._post(path, {"inputs": texts}, features, texts=len(texts))

    async def _generate_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        model, root = await self._choice.for_chat(request.model), self._model_root()
        body: dict[str, Any] = {
            "inputs": request.messages[0].content,
            "parameters": _parameters(request),
        }
        if root is None:
            path = "/generate_stream" if is_stream else "/generate"
        else:
            path = f"{root}/{_quoted(model or '')}"
            body["stream"] = is_stream
        return self._call(path, encode_json(body), model, completion, TokenDecoder)

    async def _check_health(self) -> None:
        await self._check_path("models" if self._model_root() else "/health")

    def _model_root(self) -> str | None:
        host = urlsplit(self._config.address_on(self._today())).hostname
        return _MODEL_ROOTS.get(host or "")


def _quoted(model: str) -> str:
    return quote(without_surrogates(model))


def _parameters(request: ChatRequest) -> dict[str, Any]:
    temperature = within(request.temperature, 0.0, 2.0)
    top_p = within(request.top_p, LEAST_TOP_P, 1.0)
    parameters = {
        "max_new_tokens": count_of(request.max_tokens),
        "temperature": temperature or None,  # 0 is refused: without sampling it is meant
        "do_sample": False if temperature == 0 else None,
        "top_p": None if top_p == 1 else top_p,  # TGI refuses 1 and takes nothing for it
        "top_k": top_k_of(request.top_k) or None,
        "stop": stops_of(request.stop, MAX_STOPS),
        "seed": seed_of(request.seed) or None,  # TGI refuses 0
        "details": True,  # without them a reply says neither why it ended nor how long it is
        "return_full_text": False,
    }
    return given(parameters)
