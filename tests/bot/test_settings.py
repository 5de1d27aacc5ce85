from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load
from connectors import PROVIDERS
from tests.rows import each

ANYWHERE = {"ABI_FILES_LAST": "1"}  # tests may run in a container


def test_nothing_set_is_fine() -> None:
    assert load(ANYWHERE) == Settings(provider=None, data_dir=Path("data"), log_level="INFO")


def test_a_blank_variable_counts_as_unset() -> None:
    blank = {"ABI_PROVIDER": " ", "ABI_LOG_LEVEL": "", "ABI_DATA_DIR": " "}
    assert load(blank | ANYWHERE) == Settings()


def test_words_are_read_in_any_case() -> None:
    typed = {"ABI_PROVIDER": "Mistral", "ABI_LOG_LEVEL": "debug", "ABI_DATA_DIR": "/srv/abi"}
    assert load(typed | ANYWHERE) == Settings("mistral", Path("/srv/abi"), "DEBUG")


def test_the_form_of_the_log_may_be_chosen() -> None:
    assert load(ANYWHERE).log_format is None
    assert load({"ABI_LOG_FORMAT": "JSON"} | ANYWHERE).log_format == "json"


@pytest.mark.parametrize("name", ["ABI_PROVIDER", "ABI_LOG_FORMAT", "ABI_LOG_LEVEL"])
def test_a_word_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name} is 'clippy'\. Set it to one of: "):
        load({name: "clippy"})


def test_providers_are_asked_in_the_order_that_the_operator_says() -> None:
    typed = {"ABI_PROVIDERS": " Anthropic, openai,,OLLAMA ,openai"}
    assert load(typed | ANYWHERE).providers == ("anthropic", "openai", "ollama")
    assert load(ANYWHERE).providers == ()


def test_a_provider_that_does_not_exist_is_refused_by_name_with_those_that_do() -> None:
    with pytest.raises(
        SettingsError, match=r"ABI_PROVIDERS contains 'clippy'\. Set it to .*: openai, anthropic, "
    ):
        load(ANYWHERE | {"ABI_PROVIDERS": "openai,clippy"})


def test_a_number_of_requests_may_be_set_for_each_provider() -> None:
    names = [variable for row in PROVIDERS.values() for variable in row.parallel_env]
    assert len(names) == len(PROVIDERS) + 1, "Hugging Face has two"
    assert load(dict.fromkeys(names, " 4 ") | ANYWHERE) == load(ANYWHERE)


def test_a_number_of_requests_of_no_provider_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(
        SettingsError, match=r"ABI_CLIPPY_PARALLEL is of no provider\. .* ABI_VLLM_PARALLEL"
    ):
        load(ANYWHERE | {"ABI_CLIPPY_PARALLEL": "4"})
    load(ANYWHERE | {"ABI_CLIPPY_PARALLEL": " "})


@pytest.mark.parametrize("typed", ["0", "-1", "1001", "many"])
def test_a_number_of_requests_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(SettingsError, match=r"ABI_VLLM_PARALLEL is .* from 1 to 1000"):
        load(ANYWHERE | {"ABI_VLLM_PARALLEL": typed})


def test_an_answer_may_take_an_hour_or_as_long_as_the_operator_says() -> None:
    assert load(ANYWHERE).answer_limit_s == 3600.0
    assert load(ANYWHERE | {"ABI_ANSWER_MINUTES": " 5 "}).answer_limit_s == 300.0


@each("typed", ["0", "-1", "1441", "nan", "1e3", "an hour", "9" * 5000, "٣"])
def test_a_time_for_an_answer_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(SettingsError, match=r"ABI_ANSWER_MINUTES is .* from 1 to 1440"):
        load(ANYWHERE | {"ABI_ANSWER_MINUTES": typed})


def test_an_address_of_no_database_is_refused_at_the_start() -> None:
    with pytest.raises(
        SettingsError, match="DATABASE_URL is not the address of a PostgreSQL server"
    ):
        load({"DATABASE_URL": "mysql://db/abi"})


def test_what_a_dyno_keeps_lasts_only_in_a_database() -> None:
    assert not load({"DYNO": "worker.1"}).is_lasting
    assert load({"DYNO": "worker.1", "DATABASE_URL": "postgres://db/abi"}).is_lasting


def test_conversations_are_remembered_for_a_month_unless_said_otherwise() -> None:
    assert load(ANYWHERE).history_days == 30
    assert load(ANYWHERE | {"ABI_HISTORY_DAYS": "7"}).history_days == 7
    with pytest.raises(SettingsError, match=r"ABI_HISTORY_DAYS is .* from 1 to 3650"):
        load(ANYWHERE | {"ABI_HISTORY_DAYS": "0"})


def test_shards_are_set_by_hand_as_numbers_and_ranges() -> None:
    assert (load({}).shards, load({}).shard_count) == ((), None)
    assert load({"ABI_SHARD_COUNT": "12"}).shard_count == 12
    found = load({"ABI_SHARDS": "0-2, 7/16", "ABI_SHARD_COUNT": "16"})
    assert (found.shards, found.shard_count) == ((0, 1, 2, 7), 16)


def test_discord_allows_fifty_requests_a_second_unless_it_has_given_more() -> None:
    assert load({}).global_rate == 50
    assert load({"ABI_GLOBAL_RATE": "500"}).global_rate == 500
    for typed in ("0", "-1", "a lot", "10001"):
        with pytest.raises(SettingsError, match=r"ABI_GLOBAL_RATE is .* requests a second"):
            load({"ABI_GLOBAL_RATE": typed})


@pytest.mark.parametrize(
    ("typed", "count"),
    [("0-3", ""), ("0-3/0", ""), ("3-0/4", ""), ("4/4", ""), ("a/4", ""), ("/4", ""), ("0/4", "5")],
)
def test_shards_that_there_cannot_be_are_refused(typed: str, count: str) -> None:
    with pytest.raises(SettingsError, match="such as 0-3/16"):
        load({"ABI_SHARDS": typed, "ABI_SHARD_COUNT": count})
