import pytest

from bot.sandbox.discord_server.rules.errors import DiscordError, FormErrors, form_error


def test_errors_are_nested_by_their_path() -> None:
    errors = FormErrors()
    errors.add(("embeds", 0, "title"), "A", "one")
    errors.add(("embeds", 0, "title"), "B", "two")
    with pytest.raises(DiscordError) as raised:
        errors.raise_if_any()
    body = raised.value.body()
    assert (raised.value.status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    found = body["errors"]["embeds"]["0"]["title"]["_errors"]
    assert [entry["code"] for entry in found] == ["A", "B"]


@pytest.mark.parametrize(
    ("value", "low", "code"),
    [
        ("", 1, "BASE_TYPE_REQUIRED"),
        ("xxxx", 1, "BASE_TYPE_BAD_LENGTH"),
        ("xxxx", 0, "BASE_TYPE_MAX_LENGTH"),
    ],
)
def test_a_length_is_refused_in_discords_words(value: str, low: int, code: str) -> None:
    errors = FormErrors()
    errors.length(("name",), value, low, 3)
    assert errors.tree["name"]["_errors"][0]["code"] == code


def test_nothing_wrong_raises_nothing() -> None:
    errors = FormErrors()
    errors.length(("name",), "xxx", 1, 3)
    errors.length(("name",), None, 1, 3)
    errors.count(("list",), [1, 2], 1, 2)
    assert errors.required(("name",), "")
    errors.raise_if_any()


@pytest.mark.parametrize(
    ("code", "status", "shown"), [(405, 405, 0), (40001, 401, 0), (10003, 404, 10003)]
)
def test_a_code_has_its_status(code: int, status: int, shown: int) -> None:
    error = DiscordError(code)
    assert (error.status, error.body()["code"]) == (status, shown)
    assert DiscordError(code, status=418).status == 418


def test_a_form_error_has_one_field() -> None:
    assert form_error(("limit",), "X", "no").errors == {
        "limit": {"_errors": [{"code": "X", "message": "no"}]}
    }
