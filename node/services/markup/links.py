"""Where a link leads, and whether what is shown of it says so (CVE-2023-36462)."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from linkify_it.tlds import TLDS
from yarl import URL

_STRIPPED: Final = "".join(map(chr, range(0x21)))
_INSIDE: Final = dict.fromkeys(map(ord, "\t\n\r"))
_UNSAFE: Final = re.compile(r"""[\x00-\x20\x7f"<>\\^`{|}]""")
_WEB: Final = re.compile(r"(https?)://([^/?#]+)", re.IGNORECASE)
_MAIL: Final = re.compile(r"mailto:[^?#@]+@([^?#@,]+)", re.IGNORECASE)

_SPLIT: Final = re.compile(r"""[\s<>()\[\]{}"'“”«»„‹›,;|،؛]+""")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}:/*+")
_HOST: Final = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63})+")
_TOP_LEVEL: Final = frozenset(label.lower() for label in TLDS)
_DOTS: Final = str.maketrans("。", ".")


def href(value: str) -> str | None:
    """The address in the one form that every browser reads alike, or None where it leads nowhere on the web."""
    url = value.translate(_INSIDE).strip(_STRIPPED)
    url = _UNSAFE.sub(lambda unsafe: f"%{ord(unsafe[0]):02X}", url)
    scheme, _, rest = url.partition(":")
    url = f"{scheme.lower()}:{rest}"
    return url if host_of(url) else None


@lru_cache(maxsize=4096)
def host_of(url: str) -> str | None:
    """The ASCII form of the host that a web or mail address leads to."""
    mail = _MAIL.match(url)
    if mail is not None:
        return _ascii(mail[1])
    web = _WEB.match(url)
    if web is None or "%" in web[2]:
        return None
    try:
        host = URL(url).raw_host
    except ValueError:
        return None
    return host.lower().rstrip(".") if host else None


def misleads(shown: str, host: str) -> bool:
    """Whether the visible text of a link names another host than the one it leads to, which it does not end with."""
    return not shown.endswith(note(host)) and any(
        not _same(name, host, handle=handle) for name, handle in _hosts_in(shown)
    )


def note(host: str) -> str:
    return f"[{host}]"


def _same(shown: str, host: str, *, handle: bool) -> bool:
    """A handle's host may delegate to a host below it (`@name@example.org` lives on `social.example.org`)."""
    name, true = shown.removeprefix("www."), host.removeprefix("www.")
    return name == true or (handle and true.endswith("." + name))


def _hosts_in(shown: str) -> list[tuple[str, bool]]:
    """Each host in the words of a text, beside whether it stands in a handle or a mail address."""
    visible = "".join(character for character in shown if unicodedata.category(character) != "Cf")
    words = _SPLIT.split(unicodedata.normalize("NFKC", visible).translate(_DOTS))
    return [found for found in map(_host_in, words) if found is not None]


def _host_in(word: str) -> tuple[str, bool] | None:
    scheme = _SCHEME.match(word)
    rest = word[scheme.end() :] if scheme else word
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    before, at, after = authority.rpartition("@")
    host = after.partition(":")[0].strip(".:!…").lower()
    if not _HOST.fullmatch(host):
        return None
    sure = scheme is not None or host.startswith("www.") or bool(at and before)
    return (_ascii(host), bool(at)) if sure or _is_known(host.rpartition(".")[2]) else None


def _is_known(label: str) -> bool:
    return label in _TOP_LEVEL or label.startswith("xn--") or label.isdecimal()


@lru_cache(maxsize=4096)
def _ascii(host: str) -> str:
    try:
        return URL.build(scheme="https", host=host).raw_host or host.lower()
    except ValueError:
        return host.lower()
