import pytest

from bot.__main__ import main

NONSENSE = {
    "ABI_PROVIDER": "clippy",
    "ABI_LOG_LEVEL": "loud",
    "DATABASE_URL": "nonsense",
    "DISCORD_API_URL": "nonsense",
    "OPENAI_API_KEY": "two words",
}


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], ["run", "--help"]])
def test_help_says_a_line_about_each_word_whatever_the_variables_hold(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in NONSENSE.items():
        monkeypatch.setenv(name, value)
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    first_words = [line.split()[0] for line in printed.out.splitlines() if line.startswith("  ")]
    assert first_words == [
        *("run", "scheduler", "sandbox", "doctor", "migrate", "backup", "restore"),
        "--help",
    ]
