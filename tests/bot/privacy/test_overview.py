from bot.privacy import texts
from bot.privacy.overview import Destination, about_person, about_server, receipt
from bot.storage.holdings import Census, Counted

SINCE = 1_767_225_600_000_000
LOCAL, CLOUD = Destination("ollama", "Ollama", True), Destination("mistral", "Mistral", False)


def test_what_is_stored_is_said_with_counts_and_dates() -> None:
    census = Census(turns=Counted(1200, SINCE, SINCE), reminders=Counted(1, SINCE, SINCE))
    said = about_person(census, {"digests"}, [CLOUD, LOCAL], 30)
    first = "- Conversations: 1,200 questions, the first <t:1767225600:D>, the last"
    assert first in said
    assert "digests you have set up" not in said
    assert texts.IS_OUT["digests"] in said
    assert "are deleted after 30 days" in said


def test_of_nobody_nothing_is_stored() -> None:
    assert texts.NOTHING in about_person(Census(), set(), [], 1)
    assert texts.SERVER_NOTHING in about_server(Census(), 1)
    out = about_person(Census(), {"history"}, [], 1)
    assert texts.NOTHING not in out, "nothing is stored from now on, either"
    assert "\nNothing.\n" in out


def test_how_long_a_server_keeps_conversations_is_said_on_its_page() -> None:
    assert "are deleted after 365 days; `/settings`" in about_server(Census(), 365)
    assert "Conversations are not stored here" in about_server(Census(), 0)


def test_each_provider_is_said_with_the_company_that_gets_what_is_asked() -> None:
    other = Destination("vllm", "vLLM", False)
    said = about_person(Census(), set(), [CLOUD, LOCAL, other], 30)
    assert (
        "- Mistral: questions, with what was said before, go to Mistral AI, in the cloud." in said
    )
    assert "- Ollama: stays on machines of the person who runs me." in said
    assert "- vLLM: goes to a server that the person who runs me has chosen." in said
    assert texts.LEAVES_NOTHING in about_person(Census(), set(), [], 30)


def test_the_page_of_a_server_says_of_how_many_people_and_what_stays() -> None:
    census = Census(turns=Counted(2, SINCE, SINCE), people=1, rules=2, personas=1, models=1)
    said = about_server(census, 30)
    assert "- Conversations: 2 questions of 1 person, the first" in said
    assert "- Settings: 2. They stay" in said


def test_a_receipt_names_what_was_deleted_and_what_could_not_be() -> None:
    census = Census(turns=Counted(2, SINCE, SINCE), zone="Europe/Oslo", models=1)
    deleted = "- conversations: 2\n- chosen models: 1\n- time zone: `Europe/Oslo`"
    server = receipt(census, is_server=True, is_clean=True)
    assert server == f"{texts.DELETED}\n{deleted}"
    person = receipt(census, is_server=False, is_clean=True)
    assert person == f"{server}\n{texts.STAYS_ON_DISCORD}", "digests may still include it"
    nothing = f"{texts.NOTHING_DELETED}\n{texts.LEFT_TRACES}"
    assert receipt(Census(), is_server=True, is_clean=False) == nothing
