"""A day of messages in the sandbox's #planning, to make a digest of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One message; ``answers`` is the index of the message it replies to."""

    minutes_ago: int
    name: str
    text: str
    answers: int | None = None


PEOPLE = ("Mira", "Tomás", "Priya", "Jonas")

PLANNING = (
    Line(
        1380,
        "Mira",
        "Morning all. The autumn market is three weeks away, so let's sort it out here.",
    ),
    Line(1378, "Tomás", "Finally! How many tables do we get this year?"),
    Line(1375, "Mira", "Two. The town called, it's confirmed: two tables next to the fountain.", 1),
    Line(
        1373,
        "Priya",
        "Next to the fountain? That's the windy corner. We need weights for the tent.",
    ),
    Line(1371, "Jonas", "I have four water canisters, 20 litres each. I'll bring them."),
    Line(
        1340, "Tomás", "What do we sell? Soup went like hot cakes last time, and the cakes did not."
    ),
    Line(1338, "Priya", "Pumpkin soup, and the flatbread. No cakes please."),
    Line(1335, "Jonas", "+1 for soup. Who has the big pot?"),
    Line(1331, "Mira", "The big pot is at my place. It has a dent but it holds."),
    Line(1300, "Tomás", "How much soup do we need? In 2024 we ran out by two o'clock."),
    Line(1296, "Priya", "We sold 180 bowls then. I'd plan for 250.", 9),
    Line(1290, "Mira", "Agreed, 250 bowls. That is about 75 litres."),
    Line(1288, "Jonas", "75 litres won't fit into one pot with a dent :)"),
    Line(
        1285,
        "Tomás",
        "My uncle has a canteen kitchen. I'll ask him if we can cook there on Friday.",
    ),
    Line(1200, "Priya", "Prices? Last year it was 4 a bowl."),
    Line(1195, "Jonas", "Everything's got more expensive. 5?"),
    Line(1192, "Mira", "Let's settle on 4.50, and 2 for a flatbread. Easy to give change for."),
    Line(1190, "Priya", "Works for me."),
    Line(1188, "Tomás", "Works for me too, decided then: 4.50 and 2."),
    Line(1020, "Jonas", "Random: did anybody lose a blue scarf here on Tuesday?"),
    Line(1010, "Priya", "That is mine! Keep it dry please."),
    Line(840, "Mira", "Next thing: the poster. Who'll draw it?"),
    Line(836, "Priya", "I can, if somebody gives me the text by Wednesday."),
    Line(832, "Mira", "I will write the text tomorrow."),
    Line(
        700,
        "Tomás",
        "News from my uncle: we can have the canteen kitchen on Friday from 15:00 to 20:00. "
        "Free, but we have to clean it.",
    ),
    Line(697, "Mira", "That is wonderful, thank him!!"),
    Line(
        690,
        "Jonas",
        "I can be there from 16:00. Somebody has to be there at 15:00 for the key though?",
    ),
    Line(685, "Tomás", "I'll pick up the key, no problem.", 26),
    Line(
        560, "Priya", "Do we need a permit for the gas burners? Two years ago they asked for one."
    ),
    Line(550, "Mira", "Good question, I don't know. Can somebody call the town hall?", 28),
    Line(
        430,
        "Jonas",
        "Pumpkins: the farm in Altdorf sells 60 kg for 75. I can pick them up with the trailer.",
    ),
    Line(425, "Priya", "60 kg is right for 75 litres. Take the Hokkaido ones, no peeling."),
    Line(420, "Mira", "Yes, please buy them. Keep the receipt, we'll pay you back from the till."),
    Line(
        300,
        "Tomás",
        "Who's at the table when? I would start with two shifts: 9 to 13 and 13 to 17.",
    ),
    Line(295, "Priya", "First shift for me."),
    Line(292, "Jonas", "Second, I am driving in the morning."),
    Line(
        288,
        "Mira",
        "I'll do the first one with Priya. So we still need one person for the second shift.",
    ),
    Line(
        180,
        "Mira",
        "Poster text is done: AUTUMN MARKET, soup and bread by the kitchen, Saturday 9 to 17, "
        "at the fountain.",
    ),
    Line(176, "Priya", "Got it, you'll have a draft on Thursday."),
    Line(90, "Jonas", "The forecast says 60% chance of rain that Saturday. Do we have a plan B?"),
    Line(84, "Tomás", "The church hall? They let us in two years ago. Should I ask?"),
    Line(
        80,
        "Mira",
        "Yes please, ask them. We'll decide next Monday, when the forecast is more certain.",
        40,
    ),
    Line(25, "Priya", "And who brings the card reader? Half the people had no cash last time."),
    Line(12, "Jonas", "I'll check whether the one from the bike shop is free that day."),
)
