from bot.providers.question import Attachment, Quote
from bot.storage.turn import Extras

FIRST, SECOND = Attachment(1, "https://x/1", "a.txt"), Attachment(2, "https://x/2", "b.txt")


def test_the_files_of_a_quoted_message_come_after_ones_own() -> None:
    assert Extras(Quote(9, "carol", "", (SECOND,)), (FIRST,)).files == (FIRST, SECOND)
    assert Extras().files == ()
