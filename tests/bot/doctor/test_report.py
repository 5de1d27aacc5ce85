from bot.doctor import texts
from bot.doctor.finding import Finding
from bot.doctor.report import in_message, in_terminal, permissions_here
from connectors.discord import Permission

FINDINGS = [
    Finding("Token", "accepted"),
    Finding("OpenAI", "does not know `x`", "Set OPENAI_MODEL.", "does not know its model"),
    Finding("Cohere", "not set up (COHERE_API_KEY)", public="not set up", is_known=False),
    Finding("Database", "locked", "Unlock it.", "has a problem", is_fatal=True),
]


def test_a_terminal_gets_one_line_for_each_finding() -> None:
    assert in_terminal(FINDINGS, is_coloured=False).splitlines() == [
        "ok     Token     accepted",
        "to do  OpenAI    does not know x. Set OPENAI_MODEL.",
        "-      Cohere    not set up (COHERE_API_KEY)",
        "wrong  Database  locked. Unlock it.",
    ]


def test_colours_mark_the_state_only() -> None:
    lines = in_terminal(FINDINGS, is_coloured=True).splitlines()
    assert [line[:5] for line in lines] == ["\x1b[32m", "\x1b[33m", "-    ", "\x1b[31m"]
    assert all(line.count("\x1b[0m") == (line[0] == "\x1b") for line in lines)


def test_only_the_owner_reads_variables_and_what_to_set() -> None:
    assert in_message(FINDINGS, for_owner=True).splitlines() == [
        "🟢 **Token** · accepted",
        "🟠 **OpenAI** · does not know `x`. Set OPENAI_MODEL.",
        "⚪ **Cohere** · not set up (COHERE_API_KEY)",
        "🔴 **Database** · locked. Unlock it.",
    ]
    others = in_message(FINDINGS, for_owner=False)
    assert "🔴 **Database** · has a problem" in others
    assert not any(word in others for word in ("_KEY", "_MODEL", "Unlock"))
    assert others.endswith(texts.MORE_FOR_OPERATOR)


def test_permissions_are_looked_at_where_the_bot_is_a_member() -> None:
    def here(held: int, *, is_member: bool = True, is_dm: bool = False) -> Finding:
        return permissions_here(held, is_member=is_member, is_thread=False, is_dm=is_dm)

    assert here(Permission.ADMINISTRATOR).said == texts.ALL_HELD
    lacking = here(Permission.ADMINISTRATOR.value >> 3)
    assert "View Channel (hearing a mention), Send Messages (" in lacking.said
    assert lacking.to_do == texts.GIVE
    assert here(0, is_member=False).said == texts.NOT_HERE
    assert here(0, is_dm=True).said == texts.IN_DM
