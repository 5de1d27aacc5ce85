from bot.text.blocks import FOREVER, Table, fences, leads, opening_at, outside, tables


def test_fences_open_with_a_language_and_close_without() -> None:
    opening, closing = fences("a ```py\nx\n``` b")
    assert (opening.opening, closing.opening) == ("```py\n", "")
    assert (opening.start, opening.end, closing.start) == (2, 8, 10)


def test_a_place_in_a_code_block_knows_what_opens_it() -> None:
    found = fences("a ```py\nx\n``` b")
    assert opening_at(found, 9) == "```py\n"
    assert opening_at(found, 14) == ""


def test_what_is_outside_of_code_is_given_in_order() -> None:
    text = "a ```py\nx\n``` b ```c"
    assert [text[start:stop] for start, stop in outside(fences(text), len(text))] == ["a ", " b "]


def test_leads_are_indentation_and_signs() -> None:
    text = "  - item\n> ## quoted\n12. twelve\nplain"
    assert [text[span.start : span.end - 1] for span in leads(text)] == ["  - ", "> ## ", "12. "]


def test_a_table_needs_a_head_and_a_rule() -> None:
    text = "So:\n| a | b |\n|---|:-:|\n| 1 | 2 |\nend"
    (table,) = tables(text, [])
    assert text[table.start : table.body] == "| a | b |\n|---|:-:|\n"
    assert text[table.body : table.end] == "| 1 | 2 |\n"
    assert tables("a | b\nc | d\n", []) == tables("title\n---\ntext", []) == []


def test_a_table_at_the_end_may_go_on() -> None:
    assert tables("a | b\n--|--\n1 | 2", []) == [Table(0, 12, FOREVER)]


def test_a_table_in_a_code_block_is_code() -> None:
    text = "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```"
    assert tables(text, fences(text)) == []
