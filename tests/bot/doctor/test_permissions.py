from bot.doctor.permissions import INSTALLED, NEEDED, install_url, invite_url, missing
from bot.sandbox.discord_server.rules.permissions import BOT_PERMISSIONS
from connectors.discord import Permission

P = Permission
ALL = sum(NEEDED)


def test_the_invitation_asks_for_what_is_needed_and_no_more() -> None:
    assert invite_url(12) == (
        "https://discord.com/oauth2/authorize?client_id=12&scope=bot+applications.commands"
        "&permissions=309237763072"
    )
    assert ALL == 309237763072
    assert not ALL & P.ADMINISTRATOR
    assert INSTALLED == ("bot", "applications.commands")


def test_who_installs_the_bot_for_themselves_gives_it_no_permissions() -> None:
    assert install_url(12) == (
        "https://discord.com/oauth2/authorize?client_id=12&scope=applications.commands"
        "&integration_type=1"
    )


def test_the_sandbox_gives_the_bot_what_the_invitation_asks_for() -> None:
    assert BOT_PERMISSIONS & ALL == ALL


def test_what_is_missing_is_named_with_what_does_not_work() -> None:
    assert missing(ALL) == {}
    assert missing(P.ADMINISTRATOR) == {}
    assert missing(ALL & ~(P.ATTACH_FILES | P.SEND_MESSAGES_IN_THREADS)) == {
        "Send Messages in Threads": "answering in threads",
        "Attach Files": "long answers as a file",
    }


def test_a_thread_needs_no_right_to_write_beside_it() -> None:
    in_thread = ALL & ~(P.SEND_MESSAGES | P.CREATE_PUBLIC_THREADS)
    assert missing(in_thread, is_thread=True) == {}
    assert set(missing(in_thread)) == {"Send Messages", "Create Public Threads"}
