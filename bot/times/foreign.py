"""Words for days, and for "at", in other languages, and what the grammar calls them."""

import re

from bot.times.words import DAYS

_SAME = {
    "today": "heute; vandaag; aujourd'hui; hoy; oggi; hoje",
    "tomorrow": "morgen; demain; mañana; manana; domani; amanhã; amanha",
    "the day after tomorrow": "übermorgen; uebermorgen; overmorgen; après-demain; apres-demain; "
    "pasado mañana; dopodomani; depois de amanhã",
    "at": "um; à; a las; a la; alle; às; om",
} | dict(
    zip(
        map(str.lower, DAYS),
        (
            "montag; maandag; lundi; lunes; lunedì; segunda-feira",
            "dienstag; dinsdag; mardi; martes; martedì; terça-feira",
            "mittwoch; woensdag; mercredi; miércoles; mercoledì; quarta-feira",
            "donnerstag; donderdag; jeudi; jueves; giovedì; quinta-feira",
            "freitag; vrijdag; vendredi; viernes; venerdì; sexta-feira",
            "samstag; sonnabend; zaterdag; samedi; sábado; sabato",
            "sonntag; zondag; dimanche; domingo; domenica",
        ),
        strict=True,
    )
)
_ENGLISH = {other: words for words, others in _SAME.items() for other in others.split("; ")}
_WORDS = rf"(?<!\w)(?:{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})(?!\w)"


def in_english(phrase: str) -> str:
    """Return a phrase, in lower case, with these words in English."""
    return re.sub(_WORDS, lambda found: _ENGLISH[found[0]], phrase)
