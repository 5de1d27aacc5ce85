"""MLX: a local server without embeddings; a key is for a gateway before it.

Source: github.com/ml-explore/mlx-lm, mlx_lm/server.py.
"""

from connectors.address import Layout
from connectors.provider import Dialect, Provider
from connectors.wires.openai.wire import OpenAIWire

PROVIDER = Provider(
    name="mlx",
    label="MLX",
    connect=OpenAIWire,
    base_url="http://localhost:8080",
    key_env=("ABI_MLX_API_KEY", "MLX_API_KEY"),
    url_env=("ABI_MLX_HOST", "ABI_MLX_BASE_URL", "MLX_HOST", "MLX_BASE_URL"),
    model_env=("ABI_MLX_MODEL", "MLX_MODEL"),
    is_local=True,
    parallel=1,
    layout=Layout(default_port=8080),
    dialect=Dialect(
        health_path="/health", names_model=False, strips_think_block=True, takes_top_k=True
    ),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
