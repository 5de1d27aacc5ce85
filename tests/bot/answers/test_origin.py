from bot.answers.origin import Origin


def test_an_answer_to_a_message_shows_everybody_what_they_can_see_above_it() -> None:
    origin = Origin.of_message(7, application_id=1, channel_id=5, guild_id=6, user_id=2)
    assert (origin.interaction_id, origin.message_id) == (7, 7)
    assert (origin.lead, origin.is_hidden, origin.token) == ("", False, "")
