import pytest

from connectors.discord.routes import route

MESSAGE = "/channels/{channel_id}/messages/{message_id}"


def test_values_stay_inside_their_part_of_the_path() -> None:
    path = route("GET", MESSAGE, 1, "2/../3?x=é#").path
    assert path == "/channels/1/messages/2%2F..%2F3%3Fx%3D%C3%A9%23"


def test_a_query_leaves_out_what_is_none() -> None:
    asked = route("GET", "/x", query={"limit": 5, "after": None, "wait": True, "query": "a b"})
    assert asked.path == "/x?limit=5&wait=true&query=a+b"


@pytest.mark.parametrize(
    ("template", "values", "major"),
    [
        (MESSAGE, [1, 2], "1"),
        ("/guilds/{guild_id}", [3], "3"),
        ("/webhooks/{webhook_id}/{webhook_token}", [4, "t"], "4/t"),
        ("/users/@me", [], ""),
    ],
)
def test_what_limits_count_by_is_the_top_level_resource(
    template: str, values: list[int | str], major: str
) -> None:
    assert route("GET", template, *values).major == major


def test_the_name_for_logs_holds_no_token() -> None:
    asked = route(
        "POST",
        "/webhooks/{application_id}/{interaction_token}",
        1,
        "s3cret",
    )
    assert asked.name == "POST /webhooks/{application_id}/{interaction_token}"
    assert asked.is_interaction
    assert not asked.is_signed


def test_a_path_takes_exactly_the_values_of_its_template() -> None:
    for values in ([1], [1, 2, 3]):
        with pytest.raises(ValueError, match="zip"):
            route("GET", MESSAGE, *values)
