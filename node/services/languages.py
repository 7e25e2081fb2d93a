"""Names of languages in themselves, for peers that want them beside the code (Lemmy's `language`), and for pages."""

from typing import Final

NAMES: Final = {
    "am": "አማርኛ", "ar": "العربية", "bg": "Български", "bn": "বাংলা", "ckb": "کوردیی ناوەندی", "cs": "Čeština",
    "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά", "en": "English", "es": "Español", "et": "Eesti", "fa": "فارسی",
    "fi": "Suomi", "fr": "Français", "ga": "Gaeilge", "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar", "it": "Italiano",
    "ka": "ქართული", "kmr": "Kurmancî", "lt": "Lietuvių", "lv": "Latviešu", "mt": "Malti", "nl": "Nederlands",
    "pa": "ਪੰਜਾਬੀ", "pl": "Polski", "prs": "دری", "ps": "پښتو", "pt": "Português", "ro": "Română", "ru": "Русский",
    "sk": "Slovenčina", "sl": "Slovenščina", "so": "Soomaali", "sq": "Shqip", "sr": "Српски", "sv": "Svenska",
    "sw": "Kiswahili", "ti": "ትግርኛ", "tr": "Türkçe", "uk": "Українська", "ur": "اردو", "wo": "Wolof", "zh": "中文",
}  # fmt: skip


def name_of(code: str) -> str:
    """The language's own name; the code itself where it is not listed."""
    return NAMES.get(code, NAMES.get(code.partition("-")[0], code))
