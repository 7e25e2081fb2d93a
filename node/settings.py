"""Every setting, its type and default; the only reader of the environment.

Order: environment, then `ordito.toml` (in the data directory or named by ORDITO_CONFIG), then the default. In the file
a key is the variable's name in lower case without `ordito_`.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from federation.errors import Malformed
from federation.identifiers import parse_url

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

HIGHEST_PORT: Final = 65535
_COUNTS: Final = frozenset(
    {"connections_per_address", "streams", "posts_per_minute", "posts_per_hour", "calls_per_token"}
)

_ADDRESSES: Final = frozenset({"base_url", "translate_url", "s3_endpoint", "s3_public_url"})


class WrongSetting(Exception):
    """A setting cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path = field(default=Path("data"), metadata={"help": "where the database, media and secrets live"})
    listen: str = field(default="127.0.0.1:8420", metadata={"help": "host:port that the node listens on"})
    base_url: str = field(default="", metadata={"help": "public address, e.g. https://node.example"})
    database_url: str = field(
        default="", metadata={"help": "postgresql+asyncpg://…; unset: SQLite in the data directory"}
    )
    database_direct_url: str = field(default="", metadata={"help": "past a pooler, for LISTEN and migrations"})
    env: str = field(default="production", metadata={"help": "production or development"})
    allow_private_networks: tuple[Network, ...] = field(
        default=(), metadata={"help": "CIDRs to which plain http and private addresses are allowed; development only"}
    )
    allow_hosts: frozenset[str] = field(
        default=frozenset(), metadata={"help": "host:port pairs that may be plain http, private, or on another port"}
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=_LOOPBACK, metadata={"help": "addresses or CIDRs of reverse proxies, whose X-Forwarded-For is believed"}
    )
    ca_file: Path | None = field(default=None, metadata={"help": "an additional trusted certificate authority"})
    log_level: str = field(default="info", metadata={"help": "debug, info, warning or error"})
    contact: str = field(default="", metadata={"help": "e-mail of the abuse contact, for security.txt and peers"})
    node_name: str = field(default="Ordito", metadata={"help": "name of this node, as visitors read it"})
    node_description: str = field(
        default="A place for exchange among women who have migrated, and women of the places they now live in.",
        metadata={"help": "what this node is for, in a sentence or two, as apps and other servers show it"},
    )
    sign_up: str = field(default="closed", metadata={"help": "closed, approval or open: who may sign up in an app"})
    who_creates_groups: str = field(default="facilitator", metadata={"help": "lowest role that may create groups"})
    connections_per_address: int = field(
        default=500, metadata={"help": "open connections to a process from one address; listed proxies are not counted"}
    )
    streams: int = field(default=2000, metadata={"help": "open streams of apps to a process"})
    posts_per_minute: int = field(default=5, metadata={"help": "new posts of one member that a group passes on"})
    posts_per_hour: int = field(default=30, metadata={"help": "the same within an hour"})
    calls_per_token: int = field(default=300, metadata={"help": "calls of one app's token within 5 minutes"})
    translate_url: str = field(default="", metadata={"help": "a LibreTranslate-compatible service; unset: none"})
    translate_key: str = field(default="", metadata={"help": "its API key, if it wants one"})
    secret_file: Path | None = field(
        default=None, metadata={"help": "the node's secret; unset: made in the data directory"}
    )
    s3_bucket: str = field(default="", metadata={"help": "a bucket for uploads; unset: the data directory"})
    s3_endpoint: str = field(default="", metadata={"help": "address of the S3-compatible server of the bucket"})
    s3_region: str = field(default="", metadata={"help": "region of the bucket"})
    s3_key: str = field(default="", repr=False, metadata={"help": "id of the key to the bucket"})
    s3_secret: str = field(default="", repr=False, metadata={"help": "the key to the bucket"})
    s3_public_url: str = field(default="", metadata={"help": "where readers fetch uploads; unset: from the node"})

    @property
    def host(self) -> str:
        """The host of handles: that of the base URL, with its port if it has one."""
        return urlsplit(self.base_url).netloc

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def development(self) -> bool:
        return self.env == "development"

    def is_proxy(self, address: str) -> bool:
        """Whether a listed proxy connects from here; what is no address is none."""
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(parsed in network for network in self.trusted_proxies)

    @property
    def sqlite(self) -> bool:
        return not self.database_url


def load(environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Reads, checks and freezes the settings. Raises `WrongSetting`."""
    environment = os.environ if environment is None else environment
    values = {name: _parse(name, text) for name, text in written(environment).items()}
    values.update({name: value for name, value in overrides.items() if value is not None})
    settings = Settings(**values)
    _check(settings)
    return replace(settings, base_url=canonical(settings.base_url or _local_address(settings), settings.env))


def written(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the environment and the file say, before any default. Raises `WrongSetting`."""
    return {**_from_file(environment), **_from_environment(environment)}


def config_path(environment: Mapping[str, str]) -> Path:
    named = environment.get("ORDITO_CONFIG")
    return Path(named) if named else Path(environment.get("ORDITO_DATA_DIR") or "data") / "ordito.toml"


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    names = {f"ORDITO_{entry.name.upper()}": entry.name for entry in fields(Settings)}
    return {names[key]: value for key, value in environment.items() if key in names and value != ""}


def _from_file(environment: Mapping[str, str]) -> dict[str, Any]:
    path = config_path(environment)
    if not path.exists():
        if environment.get("ORDITO_CONFIG"):
            raise WrongSetting(f"ORDITO_CONFIG names {path}, which is not there")
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise WrongSetting(f"{path} is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(f"{path} is not TOML: {error}") from error
    known = {entry.name for entry in fields(Settings)}
    unknown = sorted(set(content) - known)
    if unknown:
        raise WrongSetting(f"{path} names settings that do not exist: {', '.join(unknown)}")
    return content


def _parse(name: str, value: Any) -> Any:
    if name == "allow_hosts":
        return frozenset(_with_port(entry) for entry in _items(name, value))
    if name in {"allow_private_networks", "trusted_proxies"}:
        try:
            return tuple(ipaddress.ip_network(entry, strict=False) for entry in _items(name, value))
        except ValueError as error:
            raise WrongSetting(f"ORDITO_{name.upper()}: {error}") from error
    if name in _COUNTS:
        return _count(name, value)
    if not isinstance(value, str):
        raise WrongSetting(f"ORDITO_{name.upper()} is written as text")
    if name in {"data_dir", "ca_file", "secret_file"}:
        return Path(value).expanduser()
    return value.strip().rstrip("/") if name in _ADDRESSES else value.strip()


def _count(name: str, value: Any) -> int:
    """A whole number from 1 on, in the file as a number or as text."""
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise WrongSetting(f"ORDITO_{name.upper()} is a whole number from 1 on")
    return int(text)


def _items(name: str, value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise WrongSetting(f"ORDITO_{name.upper()} is written as text with commas, or as a list of texts")
    return [part.strip() for part in parts if part.strip()]


def _with_port(entry: str) -> str:
    host, colon, port = entry.rpartition(":")
    if not (colon and host and port.isascii() and port.isdecimal() and 1 <= int(port) <= HIGHEST_PORT):
        raise WrongSetting(f"ORDITO_ALLOW_HOSTS reads host:port,host:port; {entry!r} has no port from 1 to 65535")
    return f"{host.lower()}:{port}"


def _local_address(settings: Settings) -> str:
    if not settings.development:
        raise WrongSetting("ORDITO_BASE_URL is not set: give the public address of this node, or run `ordito init`")
    host, port = settings.address
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104  # compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _check(settings: Settings) -> None:
    if settings.env not in {"production", "development"}:
        raise WrongSetting("ORDITO_ENV is production or development")
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise WrongSetting("ORDITO_LOG_LEVEL is debug, info, warning or error")
    host, colon, port = settings.listen.rpartition(":")
    if not (host and colon and port.isascii() and port.isdecimal() and int(port) <= HIGHEST_PORT):
        raise WrongSetting("ORDITO_LISTEN reads host:port, for instance 127.0.0.1:8420; a port is at most 65535")
    _check_database(settings)
    _check_contact(settings.contact)
    if settings.translate_url and not settings.translate_url.startswith(("https://", "http://")):
        raise WrongSetting("ORDITO_TRANSLATE_URL reads https://translate.example")
    _check_bucket(settings)
    if settings.ca_file is not None:
        _check_certificates(settings.ca_file)
    if settings.who_creates_groups not in {"member", "facilitator", "moderator", "operator"}:
        raise WrongSetting("ORDITO_WHO_CREATES_GROUPS is member, facilitator, moderator or operator")
    if settings.sign_up not in {"closed", "approval", "open"}:
        raise WrongSetting("ORDITO_SIGN_UP is closed, approval or open")
    if not settings.development and settings.allow_private_networks:
        raise WrongSetting("ORDITO_ALLOW_PRIVATE_NETWORKS is refused in production; use ORDITO_ALLOW_HOSTS")


def _check_database(settings: Settings) -> None:
    for name in ("database_url", "database_direct_url"):
        url = getattr(settings, name)
        if url and not url.startswith("postgresql+asyncpg://"):
            reads = "reads postgresql+asyncpg://user:password@host/name; unset it for SQLite"
            raise WrongSetting(f"ORDITO_{name.upper()} {reads}")
    if settings.database_direct_url and not settings.database_url:
        raise WrongSetting("ORDITO_DATABASE_DIRECT_URL goes beside ORDITO_DATABASE_URL, which is not set")


def _check_bucket(settings: Settings) -> None:
    for name in ("s3_endpoint", "s3_public_url"):
        url = getattr(settings, name)
        if url and (urlsplit(url).scheme not in {"https", "http"} or not urlsplit(url).netloc or {*url} & {*"?#;, "}):
            raise WrongSetting(f"ORDITO_{name.upper()} reads https://host, with a path behind it at most")
    given = [name for name in ("s3_endpoint", "s3_key", "s3_secret") if getattr(settings, name)]
    if settings.s3_bucket and len(given) < 3:
        raise WrongSetting("ORDITO_S3_BUCKET needs ORDITO_S3_ENDPOINT, ORDITO_S3_KEY and ORDITO_S3_SECRET")
    if not settings.s3_bucket and (given or settings.s3_public_url):
        raise WrongSetting("ORDITO_S3_BUCKET is not set, and other settings of a bucket are")


def _check_contact(contact: str) -> None:
    """It goes into security.txt (RFC 9116 section 2.5.3) and into a header of every request."""
    link = contact.startswith(("https://", "mailto:", "tel:"))
    name, _, host = contact.rpartition("@")
    if contact and (not contact.isprintable() or " " in contact or not (link or (name and host))):
        raise WrongSetting("ORDITO_CONTACT reads abuse@node.example, or a link: https://, mailto: or tel:")


def _check_certificates(path: Path) -> None:
    import ssl  # noqa: PLC0415  # few commands and few nodes need it

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise WrongSetting(f"ORDITO_CA_FILE names {path}, which holds no certificate") from error
    except OSError as error:
        raise WrongSetting(f"ORDITO_CA_FILE names {path}, which cannot be read: {error.strerror}") from error


def canonical(base_url: str, env: str) -> str:
    """The public address as it will stand in every id: in lower case, its host in ASCII, without a default port.

    Raises `WrongSetting`.
    """
    host, port = _host_and_port(base_url)
    if base_url.lower().startswith("http:") and env == "production":
        raise WrongSetting(
            "ORDITO_BASE_URL is plain http: production needs https (ORDITO_ENV=development to try it out)"
        )
    if port == 0:
        raise WrongSetting("ORDITO_BASE_URL has a port that is none: leave it out, or give one from 1 to 65535")
    if env == "production" and _is_address(host):
        raise WrongSetting(f"ORDITO_BASE_URL names a node by the number {host}: it needs a name, such as node.example")
    try:
        return parse_url(base_url).removesuffix("/")
    except Malformed as error:
        raise WrongSetting(f"ORDITO_BASE_URL names a host that cannot be one: {host}") from error


def _host_and_port(base_url: str) -> tuple[str, int | None]:
    """0 for a port that is empty or out of range."""
    if any(sign.isspace() or not sign.isprintable() for sign in base_url):
        raise WrongSetting("ORDITO_BASE_URL has a space or a line break in it")
    try:
        parts = urlsplit(base_url)
    except ValueError as error:
        raise WrongSetting("ORDITO_BASE_URL names a host that cannot be one") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or {*base_url} & {*"?#@"}:
        raise WrongSetting("ORDITO_BASE_URL reads https://host or https://host:port, with nothing behind it")
    try:
        return parts.hostname, 0 if parts.netloc.endswith(":") else parts.port
    except ValueError:
        return parts.hostname, 0


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
