"""vLLM: a local server of one model, which need not be named.

Source: docs.vllm.ai, openai_compatible_server.
"""

from connectors.address import Layout
from connectors.provider import Dialect, Provider, Unlisted
from connectors.wires.openai.wire import OpenAIEmbeddings

PROVIDER = Provider(
    name="vllm",
    label="vLLM",
    connect=OpenAIEmbeddings,
    base_url="http://localhost:8000",
    key_env=("ABI_VLLM_API_KEY", "VLLM_API_KEY"),
    url_env=("ABI_VLLM_HOST", "ABI_VLLM_BASE_URL", "VLLM_HOST", "VLLM_BASE_URL"),
    model_env=("ABI_VLLM_MODEL", "VLLM_MODEL"),
    is_local=True,
    parallel=8,
    layout=Layout(default_port=8000),
    dialect=Dialect(
        health_path="/health",
        names_model=False,
        strips_think_block=True,
        takes_top_k=True,
        unlisted=Unlisted.ABSENT,
    ),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
