import pytest

from bot.sandbox.discord_server.rest.call import Call, Route, Router, decoded, snowflake
from bot.sandbox.discord_server.rules.errors import DiscordError


def handle(_: Call) -> None:
    pass


ROUTER = Router(
    [
        Route("GET", "/users/@me", handle),
        Route("GET", "/users/{user_id}", handle),
        Route("DELETE", "/users/@me/guilds/{guild_id}", handle),
    ]
)


def test_a_fixed_part_counts_before_a_parameter() -> None:
    route, bucket, params = ROUTER.find("GET", "/users/@me")
    assert (route.path, bucket.name, params) == ("/users/@me", "GET /users/@me", {})
    assert ROUTER.find("GET", "/users/7")[2] == {"user_id": "7"}


@pytest.mark.parametrize(("path", "code"), [("/users/7", 405), ("/users", 0), ("/guilds/7", 0)])
def test_an_unknown_path_is_404_and_an_unknown_method_405(path: str, code: int) -> None:
    with pytest.raises(DiscordError) as raised:
        ROUTER.find("PUT", path)
    assert raised.value.code == code
    assert raised.value.status == (code or 404)


@pytest.mark.parametrize("text", ["", "x", "-1", "\uff11"])
def test_a_word_is_no_id(text: str) -> None:
    assert snowflake("17", "id") == snowflake(17, "id") == 17
    with pytest.raises(DiscordError, match="50035"):
        snowflake(text, "id")


def test_a_body_that_is_no_json_decodes_to_nothing() -> None:
    assert decoded(b'{"a":1}') == {"a": 1}
    assert decoded(b"{") is None
    assert decoded(b"") is None
