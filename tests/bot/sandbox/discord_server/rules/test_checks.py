from typing import Any

import httpx
import pytest

from tests.bot.sandbox.discord_server.conftest import Kitchen


def button(**fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "x", "custom_id": "x"} | fields


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def select(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]} | fields


V2 = {"flags": 1 << 15}
LONG = "x" * 2001

REFUSED = [
    ({"content": LONG}, "content", "BASE_TYPE_MAX_LENGTH"),
    ({"content": "x", "nonce": "n" * 26}, "nonce", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
    ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    ({"embeds": [{"title": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
    (
        {"embeds": [{"fields": [{"name": "", "value": "x"}]}]},
        "embeds.0.fields.0.name",
        "BASE_TYPE_REQUIRED",
    ),
    (
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    (
        {"content": "x", "allowed_mentions": {"parse": ["all"]}},
        "allowed_mentions.parse.0",
        "BASE_TYPE_CHOICES",
    ),
    ({"components": [row(button())] * 6}, "components", "BASE_TYPE_MAX_LENGTH"),
    ({"components": [button()]}, "components.0.type", "UNION_TYPE_CHOICES"),
    (
        {"components": [row(*(button(custom_id=str(n)) for n in range(6)))]},
        "components.0.components",
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"components": [row(select(), button())]},
        "components.0.components.1",
        "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
    ),
    (
        {"components": [row(button(), button())]},
        "components.0.components.1.custom_id",
        "COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    (
        {"components": [row(button(custom_id="x" * 101))]},
        "components.0.components.0.custom_id",
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"components": [row(button(label="x" * 81))]},
        "components.0.components.0.label",
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        {"components": [row({"type": 2, "style": 5, "label": "x"})]},
        "components.0.components.0.url",
        "BASE_TYPE_REQUIRED",
    ),
    (
        {"components": [row(select(options=[]))]},
        "components.0.components.0.options",
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        {"components": [row(select(placeholder="x" * 151))]},
        "components.0.components.0.placeholder",
        "BASE_TYPE_MAX_LENGTH",
    ),
    (
        V2 | {"content": "x", "components": [{"type": 10, "content": "x"}]},
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    (
        V2 | {"components": [{"type": 10, "content": "x" * 2001}] * 2},
        "components",
        "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
    ),
    (
        V2 | {"components": [{"type": 10, "content": "x"}] * 41},
        "components",
        "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
    ),
]


@pytest.mark.parametrize(("body", "path", "code"), REFUSED)
async def test_a_body_over_a_limit_is_refused_field_by_field(
    kitchen: Kitchen, http: httpx.AsyncClient, body: dict[str, Any], path: str, code: str
) -> None:
    answer = await http.post(f"/channels/{kitchen.channel.id}/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    node = answer.json()["errors"]
    for part in path.split("."):
        node = node[part]
    assert node["_errors"][0]["code"] == code
    assert kitchen.server.messages(kitchen.channel) == []


@pytest.mark.parametrize("body", [{}, {"content": " "}, {"embeds": []}])
async def test_an_empty_message_is_50006(
    kitchen: Kitchen, http: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answer = await http.post(f"/channels/{kitchen.channel.id}/messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 50006)


async def test_the_longest_allowed_message_is_taken(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    rows = [row(*(button(custom_id=f"{r}{c}") for c in range(5))) for r in range(5)]
    body = {"content": "x" * 2000, "embeds": [{"title": "x"}] * 10, "components": rows}
    answer = await http.post(f"/channels/{kitchen.channel.id}/messages", json=body)
    assert answer.status_code == 200


async def test_an_edit_is_held_to_the_same_limits(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    messages = f"/channels/{kitchen.channel.id}/messages"
    made = (await http.post(messages, json={"content": "x"})).json()
    one = f"{messages}/{made['id']}"
    assert (await http.patch(one, json={"content": LONG})).json()["code"] == 50035
    assert (await http.patch(one, json={"content": ""})).json()["code"] == 50006
    to_v2 = {"flags": 1 << 15, "components": [{"type": 10, "content": "x"}]}
    assert (await http.patch(one, json=to_v2)).json()["code"] == 50035
    cleared = to_v2 | {"content": None, "embeds": []}
    assert (await http.patch(one, json=cleared)).status_code == 200


async def test_a_file_over_ten_mebibytes_is_too_large(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    messages = f"/channels/{kitchen.channel.id}/messages"
    for size in (10 * 2**20 + 1, 26 * 2**20):
        files = {"files[0]": ("big.bin", b"\x00" * size)}
        answer = await http.post(messages, data={"payload_json": "{}"}, files=files)
        assert (answer.status_code, answer.json()["code"]) == (413, 40005)
