from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load


def test_nothing_set_is_fine() -> None:
    assert load({}) == Settings(provider=None, data_dir=Path("data"), log_level="INFO")


def test_a_blank_variable_counts_as_unset() -> None:
    assert load({"ABI_PROVIDER": " ", "ABI_LOG_LEVEL": "", "ABI_DATA_DIR": " "}) == Settings()


def test_words_are_read_in_any_case() -> None:
    settings = load(
        {"ABI_PROVIDER": "Mistral", "ABI_LOG_LEVEL": "debug", "ABI_DATA_DIR": "/srv/abi"}
    )
    assert settings == Settings("mistral", Path("/srv/abi"), "DEBUG")


@pytest.mark.parametrize("name", ["ABI_PROVIDER", "ABI_LOG_LEVEL"])
def test_a_word_that_does_not_exist_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"{name} is 'clippy'\. Set it to one of: "):
        load({name: "clippy"})
