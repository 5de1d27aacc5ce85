"""Hugging Face: its router, and servers of one model (TGI).

Source: huggingface.co/docs/inference-providers.
"""

import re
from datetime import date

from connectors.address import Layout
from connectors.provider import Dialect, Provider
from connectors.wires.huggingface.wire import MAX_STOPS, HuggingFaceWire

# The paths beside chat: /generate of a TGI server, a model's task at the hub.
_TAIL = re.compile(
    r"/(generate|generate_stream|hf-inference(/models(/.+)?)?|pipeline/.+|models/(?!.*/v\d).+)$"
)

PROVIDER = Provider(
    name="huggingface",
    label="Hugging Face",
    connect=HuggingFaceWire,
    base_url="https://api-inference.huggingface.co",
    key_env=(
        *("ABI_HF_API_TOKEN", "ABI_HF_TOKEN", "ABI_HUGGINGFACE_API_KEY"),
        *("HF_API_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_API_KEY"),
    ),
    url_env=(
        *("ABI_HF_BASE_URL", "ABI_HUGGINGFACE_BASE_URL"),
        *("HF_BASE_URL", "HUGGINGFACE_BASE_URL"),
    ),
    model_env=("ABI_HF_MODEL", "ABI_HUGGINGFACE_MODEL", "HF_MODEL", "HUGGINGFACE_MODEL"),
    model="gpt2",
    embed_model="BAAI/bge-small-en-v1.5",
    own_hosts=("router.huggingface.co",),
    layout=Layout(tail=_TAIL),
    # The old host answers 410 and names the router, where no provider serves gpt2
    # (github.com/huggingface/huggingface_hub/issues/3052).
    retired={
        "https://api-inference.huggingface.co": (date(2025, 5, 6), "https://router.huggingface.co"),
        "gpt2": (date(2025, 5, 6), "openai/gpt-oss-120b"),
    },
    dialect=Dialect(
        strips_think_block=True, content_beside_calls=None, max_stops=MAX_STOPS, has_open_list=True
    ),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
