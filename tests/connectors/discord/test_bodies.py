from datetime import UTC, datetime

import pytest

from connectors import ApiRequestFailed
from connectors.discord import (
    Embed,
    EmbedAuthor,
    EmbedField,
    EmbedFooter,
    EmbedMedia,
    File,
    MessageBody,
)
from tests.connectors.discord.conftest import Place

CARD = Embed(
    title="Soup",
    description="Hot",
    url="https://example.org/soup",
    color=0x112233,
    timestamp=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    author=EmbedAuthor("Abi"),
    fields=(EmbedField("Salt", "a little", inline=True),),
    footer=EmbedFooter("enjoy"),
    image=EmbedMedia("https://example.org/soup.png"),
)


async def test_embeds_are_shown_kept_by_an_edit_and_removed_by_one(place: Place) -> None:
    made = await place.rest.create_message(place.channel.id, MessageBody(embeds=(CARD,)))
    assert made.embeds == (CARD,)
    kept = await place.rest.edit_message(place.channel.id, made.id, MessageBody("one"))
    assert kept.embeds == (CARD,)
    bare = await place.rest.edit_message(place.channel.id, made.id, MessageBody("one", embeds=()))
    assert bare.embeds == ()


async def test_several_files_arrive_in_their_order(place: Place) -> None:
    files = (File("a.txt", b"one"), File("b.txt", b"two", "", "in words"), File("c.txt", b"three"))
    body = MessageBody("here", files=files)
    made = await place.rest.create_message(place.channel.id, body)
    assert [file.filename for file in made.attachments] == ["a.txt", "b.txt", "c.txt"]
    [message] = place.server.messages(place.channel)
    assert [file.data for file in message.attachments] == [b"one", b"two", b"three"]
    assert [file.description for file in message.attachments] == [None, "in words", None]


async def test_a_reply_answers_its_message_or_stands_alone_when_that_is_gone(place: Place) -> None:
    first = await place.rest.create_message(place.channel.id, MessageBody("one"))
    reply = await place.rest.create_message(place.channel.id, MessageBody("two", reply_to=first.id))
    assert reply.message_reference is not None
    assert reply.message_reference.message_id == first.id
    alone = await place.rest.create_message(place.channel.id, MessageBody("three", reply_to=1))
    assert alone.message_reference is None


async def test_exactly_the_allowed_person_is_pinged(place: Place) -> None:
    bob = place.server.add_user("bob")
    place.server.add_member(place.guild, bob)
    text = f"<@{place.alice.id}> <@{bob.id}> @everyone"
    body = MessageBody(text, allow_user=place.alice.id)
    await place.rest.create_message(place.channel.id, body)
    assert place.server.messages(place.channel)[0].pings == {place.alice.id}


async def test_what_a_form_got_wrong_is_in_the_detail_and_not_in_the_text(place: Place) -> None:
    secret_text = "x" * 2001
    place.server.on_request.clear()  # it is meant to be wrong
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.create_message(place.channel.id, MessageBody(secret_text))
    assert raised.value.provider_code == "50035"
    assert raised.value.detail.endswith("content: Must be 2000 or fewer in length.")
    assert str(raised.value) == "discord: the request was refused (status 400, code 50035)"


async def test_a_message_can_be_sent_without_previews_of_its_links(place: Place) -> None:
    made = await place.rest.create_message(
        place.channel.id, MessageBody("https://example.org", suppress_embeds=True)
    )
    assert made.flags == 1 << 2


async def test_an_edit_can_show_previews_again_and_leaves_them_alone_otherwise(
    place: Place,
) -> None:
    made = await place.rest.create_message(
        place.channel.id, MessageBody("https://example.org", suppress_embeds=True)
    )
    kept = await place.rest.edit_message(place.channel.id, made.id, MessageBody("other words"))
    assert kept.flags == 1 << 2
    shown = await place.rest.edit_message(
        place.channel.id, made.id, MessageBody("https://example.org", suppress_embeds=False)
    )
    assert shown.flags == 0


async def test_a_file_is_uploaded(place: Place) -> None:
    body = MessageBody("here", files=(File("answer.md", "wörd".encode(), "text/markdown"),))
    await place.rest.create_message(place.channel.id, body)
    [attachment] = place.server.messages(place.channel)[0].attachments
    assert (attachment.filename, attachment.data) == ("answer.md", "wörd".encode())


async def test_nobody_is_ever_pinged(place: Place) -> None:
    await place.rest.create_message(place.channel.id, MessageBody(f"<@{place.alice.id}> @everyone"))
    assert place.server.messages(place.channel)[0].pings == set()
