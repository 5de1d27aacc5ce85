"""LM Studio: a local server that may leave thinking in the text.

Source: lmstudio.ai/docs/developer/openai-compat.
"""

from connectors.address import Layout
from connectors.provider import Dialect, Provider
from connectors.wires.openai.wire import OpenAIEmbeddings

PROVIDER = Provider(
    name="lm_studio",
    label="LM Studio",
    connect=OpenAIEmbeddings,
    base_url="http://localhost:1234",
    key_env=("ABI_LM_STUDIO_API_KEY", "LM_STUDIO_API_KEY"),
    url_env=(
        "ABI_LM_STUDIO_HOST",
        "ABI_LM_STUDIO_BASE_URL",
        "LM_STUDIO_HOST",
        "LM_STUDIO_BASE_URL",
    ),
    model_env=("ABI_LM_STUDIO_MODEL", "LM_STUDIO_MODEL"),
    is_local=True,
    parallel=1,
    context_length=4_096,
    layout=Layout(default_port=1234),
    dialect=Dialect(strips_think_block=True, takes_top_k=True, state_path="/api/v0/models"),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
