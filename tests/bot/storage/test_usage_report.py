from datetime import date

from bot.storage.usage_report import NOTHING, Amount, Report, total
from bot.storage.usage_statements import COUNTS


def test_amounts_add_up() -> None:
    one = Amount(1, 2, 3, 4, 5, 6, 7)
    assert total([one, one]) == Amount(2, 4, 6, 8, 10, 12, 14)
    assert total([]) == NOTHING
    assert one.tokens == 6
    assert Report({(date(2026, 1, day), "p"): one for day in (1, 2)}).total == one + one


def test_the_fields_are_the_columns_in_their_order() -> None:
    assert Amount.__struct_fields__ == COUNTS


def test_money_counts_before_tokens() -> None:
    assert Amount(cost=1).weight > Amount(9, 9, 9, 9).weight > Amount(9).weight
