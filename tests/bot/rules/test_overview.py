from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.rules import texts
from bot.rules.overview import Facts, deleted, overview, page, said, shown, undoable
from bot.storage.rules import LIMITS, NAMES, Change, Model, Rules
from tests.rows import each

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
LABELS = {"mistral": "Mistral", "openai": "OpenAI", "ollama": "Ollama"}
USABLE = ("mistral", "openai")


def facts(**rules: object) -> Facts:
    return Facts(Rules(**rules), {}, gone={7}, labels=LABELS, usable=USABLE)  # type: ignore[arg-type]  # by name


def test_each_rule_stands_in_one_section_and_has_its_texts() -> None:
    listed = [name for names in texts.SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(NAMES) == sorted(texts.LABELS) == sorted(texts.ABOUT)
    lists = {name for name in NAMES if "roles" in name or "channels" in name}
    assert lists == texts.EFFECT.keys()


def test_what_is_deleted_is_named_without_markup() -> None:
    told = deleted("@everyone `x`", "Kitchen", ["roles_denied"])
    assert "`@everyone 'x'` was deleted in `Kitchen`" in told
    assert "may ask me again" in told
    told = deleted("cook", "Kitchen", ["roles_denied", "digest_roles"])
    assert "\n- *Digests*: Digests of people who had it stop, unless" in told
    assert told.count("`cook`") == 1


def test_what_a_setting_deletes_and_what_is_deleted_of_it_is_said() -> None:
    assert texts.DELETES in said(facts(retention_days=7), ["retention_days"])
    assert texts.DELETES not in said(facts(), ["retention_days"])
    assert texts.HAS_GONE in page(facts(roles_denied=(5, 7)), "roles_denied")
    assert texts.HAS_GONE not in page(facts(roles_denied=(5,)), "roles_denied")


def test_an_undoing_is_called_one() -> None:
    undone = replace(facts(), changes={"zone": Change(2, 9, NOW, undone=1)})
    assert "\n-# A change was undone by <@9> " in said(undone, ["zone"])


@each(
    "rules, expected",
    [
        ({"roles_allowed": ()}, "everyone"),
        ({"roles_allowed": (5, 7)}, "only <@&5>, ⚠️ a deleted one"),
        ({"roles_allowed": (7,)}, "only ⚠️ a deleted one"),
        ({"roles_denied": (5,)}, "<@&5>"),
        ({"channels_allowed": (5, 6)}, "only <#5>, <#6>"),
        ({"digest_roles": (5,)}, "also <@&5>"),
        ({"model": Model("mistral", "m")}, "Mistral · `m`"),
        ({"model": Model("clippy")}, "⚠️ clippy (cannot be asked at the moment)"),
        ({"fallbacks": ("ollama",)}, "⚠️ Ollama (cannot be asked at the moment)"),
        ({"fallbacks": ("mistral", "openai")}, "Mistral, then OpenAI"),
        ({"fallbacks": ()}, "nobody else is asked"),
        ({"fallbacks": None}, "as the person who runs me has set up"),
        ({"shows_questions": False}, "not shown"),
        ({"opens_threads": True}, "in a thread of their own"),
        ({"retention_days": None}, "kept for 30 days, as the person who runs me has set up"),
        ({"retention_days": 1}, "kept for 1 day"),
        ({"retention_days": 0}, "not remembered at all"),
        ({"language": "German"}, "German (Deutsch)"),
        ({"language": None}, "that of each question"),
        ({"zone": "Asia/Tokyo"}, "`Asia/Tokyo`"),
    ],
)
def test_a_rule_is_said_in_words(rules: dict[str, object], expected: str) -> None:
    (name,) = rules
    assert shown(facts(**rules), name) == expected


def test_all_rules_fit_into_one_message() -> None:
    full = tuple(range(10**19, 10**19 + 25))
    lists = {name: full for name in NAMES if "roles" in name or "channels" in name}
    limits = {name: ["<@&1000000000000000000>: " + "x" * 120] * 25 for name in LIMITS}
    most = replace(facts(**lists, model=Model("mistral", "m" * 80)), limits=limits)
    assert len(overview(most)) <= 2000
    assert "and 20 more" in overview(facts(**lists))
    assert all(len(page(most, name)) <= 2000 for name in NAMES)


def test_the_persona_and_the_choice_of_model_are_shown_where_they_are_made() -> None:
    known = Facts(Rules(), {}, labels=LABELS, usable=USABLE, chosen=Model("mistral"))
    shown = overview(replace(known, persona="Poet"))
    assert "- Persona: `Poet` (`/persona`)" in shown
    before = "-# Mistral is asked before: it is chosen with `/model` for this server."
    assert before in shown
    assert before in page(known, "model")
    assert before in said(known, ["model"])
    assert before not in page(known, "zone")


def test_a_change_says_who_made_it_and_can_be_undone_for_ten_minutes() -> None:
    change = Change(3, 4, NOW)
    changed = Facts(Rules(zone="UTC"), {"zone": change})
    at = f"<t:{int(NOW.timestamp())}:R>"
    assert said(changed, ["zone"]) == f"✅ Time zone: `UTC`.\n-# Changed by <@4> {at}."
    assert undoable(changed, "zone", NOW + timedelta(minutes=9)) == change
    assert undoable(changed, "zone", NOW + timedelta(minutes=10)) is None
    assert undoable(changed, "model", NOW) is None
    undone = Facts(Rules(), {"zone": Change(5, 4, NOW, undone=3)})
    assert undoable(undone, "zone", NOW) is None, "a second press would do it again"


def test_where_no_local_model_runs_a_manager_who_wants_only_those_is_warned() -> None:
    alone = Facts(Rules(is_local_only=True), {}, has_local=False)
    warned = "No local model is running, so nobody answers there."
    shown = [said(alone, ["is_local_only"]), page(alone, "local_channels"), overview(alone)]
    assert all(warned in text for text in shown)
    assert warned not in said(alone, ["zone"])
    assert warned not in overview(replace(alone, has_local=True))
    assert warned not in overview(replace(alone, rules=Rules()))


def test_in_a_server_of_local_models_it_is_said_which_others_are_not_asked() -> None:
    rules = Rules(is_local_only=True, model=Model("openai"), fallbacks=("ollama", "cohere"))
    facts = Facts(rules, {}, labels={"openai": "OpenAI"}, remote=["openai", "cohere"])
    warned = "-# ⚠️ Only local models may answer in this server. Not asked: {}."
    assert warned.format("OpenAI") in said(facts, ["model"])
    assert warned.format("cohere") in page(facts, "fallbacks")
    assert warned.format("OpenAI, cohere") in said(facts, ["is_local_only"])
    assert warned.format("OpenAI, cohere") in overview(facts)
    assert "Not asked" not in said(facts, ["zone"])
    assert "Not asked" not in overview(replace(facts, rules=replace(rules, is_local_only=False)))
