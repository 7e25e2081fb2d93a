"""What the demo shows: three partners, their people and groups, and what they say to each other."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    shown: str
    role: str = "member"


@dataclass(frozen=True, slots=True)
class Group:
    handle: str
    name: str
    summary: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A partner node; the first of its people owns the group."""

    code: str
    node_name: str
    people: tuple[Person, ...]
    group: Group


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody says something; each line answers the one before."""

    country: str
    name: str
    language: str
    text: str


COUNTRIES: Final = (
    Country(
        "it",
        "Ordito Italia",
        (Person("giulia", "Giulia", "operator"), Person("samira", "سميرة")),
        Group(
            "cucito",
            "Cucito insieme",
            "Un laboratorio di cucito tra vicine: si impara, si ripara, si parla.",
            ("it", "ar"),
        ),
    ),
    Country(
        "gr",
        "Ordito Ελλάδα",
        (Person("eleni", "Ελένη", "operator"), Person("amina", "Amina")),
        Group("glossa", "Ελληνικά στην πράξη", "Μαθαίνουμε ελληνικά μιλώντας για την καθημερινή ζωή.", ("el", "en")),
    ),
    Country(
        "de",
        "Ordito Deutschland",
        (Person("marta", "Marta", "operator"), Person("grace", "Grace")),
        Group(
            "ankommen", "Ankommen in Köln", "Fragen und Antworten zum Ankommen, von Frauen für Frauen.", ("de", "en")
        ),
    ),
)
PLACE: Final = "it"
"""Whose group the conversation is in; everybody else joins it."""
CONVERSATION: Final = (
    Line(
        "it",
        "giulia",
        "it",
        "Da sabato il laboratorio è aperto anche a chi non ha mai cucito. "
        "Che cosa vi piacerebbe riparare per prima? #cucito",
    ),
    Line(
        "gr",
        "eleni",
        "el",
        "Στην Αθήνα ξεκινήσαμε με τις κουρτίνες. Θα σας στείλουμε τα σχέδια!",
    ),
    Line(
        "it",
        "samira",
        "ar",
        "أنا أحب أن أتعلم تقصير البناطيل. هل يمكن أن نترجم التعليمات إلى العربية؟",
    ),
    Line(
        "de",
        "grace",
        "en",
        "We can print them large and add pictures, so that nobody has to read much. I bring paper!",
    ),
)
