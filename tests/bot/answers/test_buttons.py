from bot.answers.buttons import Button, button_row, buttons_in, model_row

ID, OTHER = "0123456789abcdef", "f" * 16


def test_a_row_has_its_buttons_in_order() -> None:
    (row,) = button_row(ID, Button.CONTINUE, Button.AGAIN)
    assert [b["label"] for b in row["components"]] == ["Continue", "Ask again"]
    assert [b["custom_id"] for b in row["components"]] == [
        f"abi:continue:{ID}",
        f"abi:again:{ID}",
    ]
    assert [b["style"] for b in row["components"]] == [1, 2], "what goes on is the main button"


def test_no_buttons_are_no_row() -> None:
    assert button_row(ID) == ()


def test_the_buttons_of_an_answer_are_found_among_those_of_others() -> None:
    components = [*button_row(OTHER, Button.STOP), *button_row(ID, Button.AGAIN)]
    assert buttons_in(ID, components) == {Button.AGAIN}
    assert buttons_in(ID, [{"type": 1}]) == set()


def test_other_models_are_a_choice_as_long_as_discord_takes() -> None:
    models = {f"openai:m-{n}": "x" * 200 for n in range(30)} | {"openai:" + "y" * 100: "too long"}
    (row,) = model_row(ID, models)
    (found,) = row["components"]
    assert found["custom_id"] == f"abi:model:{ID}"
    assert [option["value"] for option in found["options"]] == list(models)[:25]
    assert {len(option["label"]) for option in found["options"]} == {100}
    assert model_row(ID, {}) == ()


def test_what_a_row_does_not_take_stands_in_another() -> None:
    rows = button_row(ID, *Button)
    assert [len(row["components"]) for row in rows] == [5, len(Button) - 5]
