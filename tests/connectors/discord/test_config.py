import pytest

from connectors import ApiRequestFailed, MissingApiKey, discord
from connectors.discord import API_URL, load_from_env, try_load
from tests.rows import each

SECRET = "MTA.secret-part.xyz"


def token_of(value: str, name: str = "DISCORD_BOT_TOKEN") -> str:
    return load_from_env({name: value}).token.reveal()


def address_of(value: str) -> str:
    return load_from_env({"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": value}).api_url


@each(
    "value",
    [
        SECRET,
        f"Bot {SECRET}",
        f"bot  {SECRET}",
        f'"Bot {SECRET}"',
        f"Bot '{SECRET}'",
        f"\ufeff{SECRET}\r\n",
        f" '{SECRET}' ",
        f"BOT\t{SECRET}",
    ],
)
def test_a_token_is_read_however_it_was_copied(value: str) -> None:
    assert token_of(value) == SECRET


@each(
    "value",
    [
        "MTA.secret-part xyz",
        "MTA.secret-pärt.xyz",
        "MTA.secret-part.xyz # mine",
        "MTA.secret\u2013part.xyz",
        "“MTA.secret-part.xyz”",
        "MTA.secret\u200bpart.xyz",
        "MTA.secret-part\nxyz",
        "Bearer MTA.secret-part.xyz",
        'MTA.secret-part.xyz"',
        "`MTA.secret-part.xyz`",
        "<MTA.secret-part.xyz>",
        "{MTA.secret-part.xyz}",
        "MTA.secret-part.xyz;",
        "MTA.secret-part.xyz,",
        "token:MTA.secret-part.xyz",
    ],
)
@each("name", ["DISCORD_BOT_TOKEN", "ABI_DISCORD_BOT_TOKEN"])
def test_a_token_that_cannot_be_right_is_refused_by_the_name_of_its_variable(
    name: str, value: str
) -> None:
    for load in (load_from_env, try_load):
        with pytest.raises(MissingApiKey) as raised:
            load({name: value})
        assert str(raised.value) == (
            f"discord: {name} holds a space or a character that no token has; copy the token again"
        )


@pytest.mark.parametrize("value", ['""', "''", " ", "\ufeff"])
def test_a_token_of_nothing_is_no_token(value: str) -> None:
    assert try_load({"DISCORD_BOT_TOKEN": value}) is None


@each(
    "value, address",
    [
        ("https://discord.com/api/v10/", API_URL),
        ("https://discord.com/api/v10//", API_URL),
        ("https://discord.com", API_URL),
        ("https://discord.com/api", API_URL),
        ("discord.com/api/v10", API_URL),
        ("'https://discord.com/api/v10'", API_URL),
        ("HTTPS://discord.com/api/v9", "https://discord.com/api/v9"),
        ("http://proxy:3000", "http://proxy:3000/api/v10"),
        ("proxy:3000/api", "http://proxy:3000/api/v10"),
        ("localhost:8080", "http://localhost:8080/api/v10"),
        ("127.0.0.1:9/api/v10", "http://127.0.0.1:9/api/v10"),
        ("http://[::1]:8080/", "http://[::1]:8080/api/v10"),
        ("https://gateway.example/discord/api/v10", "https://gateway.example/discord/api/v10"),
        ("https://gateway.example/discord", "https://gateway.example/discord/api/v10"),
        ("", API_URL),
        ('""', API_URL),
    ],
)
def test_an_address_is_completed(value: str, address: str) -> None:
    assert address_of(value) == address


@each(
    "value",
    [
        "nonsense",
        "ftp://discord.com/api/v10",
        "https://",
        "://discord.com",
        "https:///api/v10",
        "https://discord.com:port/api",
        "https://discord.com:99999/api",
        "https://user:password@discord.com/api/v10",
        "https://discord.com/api/v10?token=secret",
        "https://discord.com/api/v10#secret",
        "https://dis cord.com/api/v10",
        "https://[::1/api",
        "wss://gateway.discord.gg",
        "true",
        "https://discord.com/a pi",
    ],
)
@each("name", ["DISCORD_API_URL", "ABI_DISCORD_API_URL"])
def test_an_address_that_is_none_is_refused_by_the_name_of_its_variable(
    name: str, value: str
) -> None:
    with pytest.raises(ApiRequestFailed) as raised:
        load_from_env({"DISCORD_BOT_TOKEN": "x", name: value})
    assert str(raised.value) == (
        f"discord: {name} is not an address such as {API_URL}; correct it or leave it unset"
    )


def test_the_name_with_our_prefix_wins() -> None:
    environ = {
        "ABI_DISCORD_BOT_TOKEN": "ours",
        "DISCORD_BOT_TOKEN": "theirs",
        "ABI_DISCORD_API_URL": "http://ours:1",
        "DISCORD_API_URL": "http://theirs:1",
    }
    config = load_from_env(environ)
    assert config.token.reveal() == "ours"
    assert config.api_url == "http://ours:1/api/v10"


def test_without_a_token_there_is_nothing_to_load() -> None:
    assert discord.try_load({"DISCORD_BOT_TOKEN": " "}) is None
    with pytest.raises(MissingApiKey, match="DISCORD_BOT_TOKEN"):
        discord.load_from_env({})


def test_the_abi_variable_wins_and_closing_wipes() -> None:
    environ = {"DISCORD_BOT_TOKEN": "plain", "ABI_DISCORD_BOT_TOKEN": "ours"}
    with discord.load_from_env(environ) as config:
        assert config.token.reveal() == "ours"
        assert config.api_url == "https://discord.com/api/v10"
        assert "ours" not in repr(config)
    assert config.token.is_closed


def test_what_oauth2_needs_is_read_and_wiped_with_the_token() -> None:
    plain = {"DISCORD_CLIENT_ID": "1", "DISCORD_CLIENT_SECRET": "s", "DISCORD_PUBLIC_KEY": "p"}
    ours = {f"ABI_{name}": f"{value}-ours" for name, value in plain.items()}
    for environ, end in ((plain, ""), (plain | ours, "-ours")):
        config = discord.load_from_env({"DISCORD_BOT_TOKEN": "t"} | environ)
        assert (config.client_id, config.public_key) == (f"1{end}", f"p{end}")
        assert config.client_secret is not None
        assert config.client_secret.reveal() == f"s{end}"
        config.close()
        assert config.client_secret.is_closed


def test_the_abi_name_of_the_api_wins() -> None:
    environ = {
        "DISCORD_BOT_TOKEN": "t",
        "DISCORD_API_URL": "http://plain",
        "ABI_DISCORD_API_URL": " http://abi/ ",
    }
    assert discord.load_from_env(environ).api_url == "http://abi/api/v10"


def test_nothing_of_oauth2_need_be_set() -> None:
    config = discord.load_from_env({"DISCORD_BOT_TOKEN": "t", "DISCORD_CLIENT_ID": " "})
    assert (config.client_id, config.client_secret, config.public_key) == (None, None, None)
