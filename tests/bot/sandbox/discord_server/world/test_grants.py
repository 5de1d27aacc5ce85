from bot.sandbox.discord_server.world.grants import Grants


def test_a_code_is_used_up_by_a_wrong_address_too() -> None:
    grants = Grants(1)
    code = grants.allow("https://here.example", "identify")
    assert grants.exchange(code, "https://there.example") is None
    assert grants.exchange(code, "https://here.example") is None


def test_a_refresh_keeps_the_scope_and_works_once() -> None:
    grants = Grants(1)
    first = grants.exchange(
        grants.allow("https://here.example", "identify"), "https://here.example"
    )
    assert first is not None
    second = grants.refresh(first["refresh_token"])
    assert second is not None
    assert second["scope"] == "identify"
    assert grants.refresh(first["refresh_token"]) is None
