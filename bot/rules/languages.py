"""The languages in which a server can be answered: by name here, and in themselves."""

from collections.abc import Sequence

# The first 25 are offered without typing.
ENDONYMS = {
    "English": "English",
    "Spanish": "Español",
    "Portuguese": "Português",
    "German": "Deutsch",
    "French": "Français",
    "Russian": "Русский",
    "Japanese": "日本語",
    "Korean": "한국어",
    "Simplified Chinese": "简体中文",
    "Traditional Chinese": "繁體中文",
    "Italian": "Italiano",
    "Polish": "Polski",
    "Turkish": "Türkçe",
    "Dutch": "Nederlands",
    "Ukrainian": "Українська",
    "Vietnamese": "Tiếng Việt",
    "Thai": "ไทย",
    "Indonesian": "Bahasa Indonesia",
    "Hindi": "हिन्दी",
    "Arabic": "العربية",
    "Swedish": "Svenska",
    "Czech": "Čeština",
    "Hungarian": "Magyar",
    "Romanian": "Română",
    "Greek": "Ελληνικά",
    "Bengali": "বাংলা",
    "Bulgarian": "Български",
    "Catalan": "Català",
    "Croatian": "Hrvatski",
    "Danish": "Dansk",
    "Estonian": "Eesti",
    "Filipino": "Filipino",
    "Finnish": "Suomi",
    "Hebrew": "עברית",
    "Icelandic": "Íslenska",
    "Irish": "Gaeilge",
    "Latvian": "Latviešu",
    "Lithuanian": "Lietuvių",
    "Malay": "Bahasa Melayu",
    "Norwegian": "Norsk",
    "Persian": "فارسی",
    "Serbian": "Српски",
    "Slovak": "Slovenčina",
    "Slovenian": "Slovenščina",
    "Swahili": "Kiswahili",
    "Tamil": "தமிழ்",
    "Telugu": "తెలుగు",
    "Urdu": "اردو",
    "Welsh": "Cymraeg",
}
OFFERED = 25  # source: discord, a select


def find_languages(typed: str) -> Sequence[str]:
    """Return the languages, at most 25, whose name in English or in themselves has this in it.

    Those that begin with it come first.
    """
    wanted = typed.strip().casefold()
    found = [name for name in ENDONYMS if any(wanted in said for said in _names(name))]
    found.sort(key=lambda name: not any(said.startswith(wanted) for said in _names(name)))
    return found[:OFFERED]


def language_named(typed: str) -> str | None:
    """Return the language that has this name, in English or in itself."""
    wanted = typed.strip().casefold()
    return next((name for name in ENDONYMS if wanted in _names(name)), None)


def label_of(language: str) -> str:
    """Return a language's name in English, then in itself where that differs."""
    endonym = ENDONYMS.get(language, language)
    return language if endonym == language else f"{language} ({endonym})"


def _names(language: str) -> tuple[str, str]:
    return language.casefold(), ENDONYMS[language].casefold()
