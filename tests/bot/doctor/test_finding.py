import pytest

from bot.doctor.finding import Finding, exit_code

OK, TO_DO = Finding("A", "well"), Finding("B", "ill.", "Rest.")
UNKNOWN, FATAL = Finding("C", "?", is_known=False), Finding("D", "dead", "Bury it.", is_fatal=True)


@pytest.mark.parametrize(
    ("findings", "code"),
    [([], 0), ([OK, UNKNOWN], 0), ([OK, TO_DO], 1), ([FATAL, TO_DO, OK], 2)],
)
def test_the_worst_finding_is_the_exit_code(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code


def test_a_line_says_what_was_found_and_then_what_to_do() -> None:
    assert (OK.line, TO_DO.line) == ("well", "ill. Rest.")
