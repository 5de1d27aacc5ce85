from __future__ import annotations

import asyncio
import copy
import ctypes
from datetime import date

import msgspec
import pytest

from connectors import PROVIDERS, MissingApiKey, Secret, Timeout, connect
from connectors.http.transport import Transport
from tests.connectors.local_server import Received, serving
from tests.connectors.replay import KEY, QUESTION, environ_of
from tests.rows import each

OPENAI = PROVIDERS["openai"]
BEFORE, ON_THE_DAY = date(2026, 10, 22), date(2026, 10, 23)


def test_a_retired_default_is_reported_as_documented_and_replaced_when_used() -> None:
    config = OPENAI.load_from_env({"OPENAI_API_KEY": KEY})
    assert config.model == "gpt-4"
    assert config.model_on(BEFORE) == "gpt-4"
    assert config.model_on(ON_THE_DAY) == "gpt-5.6-sol"


def test_a_chosen_model_is_never_replaced() -> None:
    config = OPENAI.load_from_env({"OPENAI_API_KEY": KEY, "OPENAI_MODEL": "gpt-4"})
    assert config.model_on(ON_THE_DAY) == "gpt-4"


@pytest.mark.parametrize("key", ["sk-a b", "sk-é", "sk-a\nb", "sk-\x00"])
def test_a_key_that_no_header_takes_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(MissingApiKey, match="OPENAI_API_KEY") as raised:
        OPENAI.load_from_env({"OPENAI_API_KEY": key})
    assert key not in str(raised.value)


def test_white_space_around_a_key_is_dropped() -> None:
    config = OPENAI.load_from_env({"OPENAI_API_KEY": f" {KEY}\n"})
    assert config.api_key is not None
    assert config.api_key.reveal() == KEY


def test_a_missing_key_names_the_variables() -> None:
    with pytest.raises(MissingApiKey, match="ABI_OPENAI_API_KEY or OPENAI_API_KEY"):
        OPENAI.load_from_env({})


def test_a_closed_secret_is_zeros_where_it_lay_and_reveals_nothing() -> None:
    secret = Secret(KEY)
    view = memoryview(secret._buffer)
    secret.close()
    assert bytes(view) == bytes(len(KEY))
    with pytest.raises(MissingApiKey):
        secret.reveal()


def test_leaving_a_config_wipes_its_key_even_after_an_exception() -> None:
    config = OPENAI.load_from_env({"OPENAI_API_KEY": KEY})
    with pytest.raises(RuntimeError), config:
        raise RuntimeError
    assert config.api_key is not None
    assert config.api_key.is_closed


def test_the_wiped_buffer_is_gone_from_memory() -> None:
    secret = Secret(KEY)
    address, length = _address_of(secret._buffer), len(KEY)
    assert _memory_at(address, length) == KEY.encode()
    secret.close()
    assert _memory_at(address, length) == bytes(length)


@pytest.mark.parametrize("write", [repr, str, "{}".format, "{!r}".format])
def test_a_secret_does_not_print(write: object) -> None:
    config = OPENAI.load_from_env({"OPENAI_API_KEY": KEY})
    assert callable(write)
    assert KEY not in write(config.api_key) + write(config)


def test_a_secret_has_no_vars_and_is_neither_pickled_nor_copied() -> None:
    config = OPENAI.load_from_env({"OPENAI_API_KEY": KEY})
    for refused in (vars, _reduced, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            refused(config.api_key)
    for refused in (vars, copy.deepcopy):
        with pytest.raises(TypeError):
            refused(config)


@each(
    "url, is_own",
    [
        ("https://api.openai.com/v1", True),
        ("https://api.openai.com", True),
        ("https://eu.api.openai.com/v1", True),
        ("API.OpenAI.com", True),
        ("https://api.openai.com.example/v1", False),
        ("https://notapi.openai.com.evil.example/api.openai.com", False),
        ("http://127.0.0.1:9", False),
        ("https://x.openai.azure.com", False),
        ("no address", False),
    ],
)
def test_a_retired_default_is_replaced_at_its_owners_address_only(url: str, is_own: bool) -> None:
    environ = {"OPENAI_BASE_URL": url}
    successor = "gpt-5.6-sol" if is_own else None
    assert OPENAI.model_from_env(environ, ON_THE_DAY) == successor
    assert OPENAI.model_from_env(environ | {"OPENAI_MODEL": "gpt-4"}, ON_THE_DAY) == "gpt-4"
    if url != "no address":
        config = OPENAI.load_from_env(environ | {"OPENAI_API_KEY": KEY})
        assert (config.model, config.model_on(ON_THE_DAY)) == ("gpt-4", successor)


def test_the_other_address_of_cohere_is_its_own_too() -> None:
    assert PROVIDERS["cohere"].is_own("https://api.cohere.com/v2")
    assert not PROVIDERS["cohere"].is_own("https://cohere.example")


def test_a_configuration_prints_on_one_line_without_its_provider_key_or_query() -> None:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://h/v1?key=hunter2"}
    for row, variables in ((OPENAI, environ), (PROVIDERS["huggingface"], {"HF_API_TOKEN": KEY})):
        printed = repr(row.load_from_env(variables))
        assert printed == str(row.load_from_env(variables))
        assert len(printed) < 100
        assert printed.startswith(f"Config({row.name}, https://")
        assert "Provider" not in printed
        assert "hunter2" not in printed
        assert KEY not in printed


async def test_a_configured_timeout_is_how_long_the_first_of_a_reply_is_waited_for(
    transport: Transport,
) -> None:
    async with serving(hang) as server:
        config = OPENAI.load_from_env(environ_of(OPENAI, server.url))
        patient = msgspec.structs.replace(config, timeout_s=0.05)
        with pytest.raises(Timeout, match=r"no data for 0\.05 s"):
            await connect(patient, transport=transport).chat(QUESTION)


async def hang(request: Received, writer: asyncio.StreamWriter) -> None:
    pass


def _reduced(value: object) -> object:
    return value.__reduce_ex__(4)  # what every pickling begins with


def _address_of(buffer: bytearray) -> int:
    return ctypes.addressof((ctypes.c_char * len(buffer)).from_buffer(buffer))


def _memory_at(address: int, length: int) -> bytes:
    return ctypes.string_at(address, length)
