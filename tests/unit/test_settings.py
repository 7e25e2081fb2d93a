"""Settings: where they come from, what is refused, and that each is documented."""

from dataclasses import fields
from pathlib import Path

import pytest

from node.settings import Settings, WrongSetting, load

DEVELOPMENT = {"ORDITO_ENV": "development"}
PRODUCTION = {"ORDITO_BASE_URL": "https://node.example"}


def test_development_needs_nothing(tmp_path: Path) -> None:
    settings = load({**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path)})
    assert settings.base_url == "http://localhost:8420"
    assert settings.host == "localhost:8420"
    assert settings.sqlite


def test_production_is_the_default_and_needs_an_address(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="ORDITO_BASE_URL"):
        load({"ORDITO_DATA_DIR": str(tmp_path)})
    assert load({**PRODUCTION, "ORDITO_DATA_DIR": str(tmp_path)}).env == "production"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORDITO_BASE_URL", "http://node.example"),
        ("ORDITO_BASE_URL", "https://node.example/path"),
        ("ORDITO_BASE_URL", "node.example"),
        ("ORDITO_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8"),
        ("ORDITO_ALLOW_HOSTS", "partner.example"),
        ("ORDITO_ALLOW_HOSTS", "partner.example:0"),
        ("ORDITO_ALLOW_HOSTS", "partner.example:65536"),
        ("ORDITO_ALLOW_HOSTS", "partner.example:\N{SUPERSCRIPT TWO}"),
        ("ORDITO_CONTACT", "somebody"),
        ("ORDITO_CONTACT", "@node.example"),
        ("ORDITO_CONTACT", "abuse@node.example\nExpires: never"),
        ("ORDITO_CONTACT", "https://node.example/to us"),
        ("ORDITO_DATABASE_URL", "postgresql://localhost/ordito"),
        ("ORDITO_DATABASE_DIRECT_URL", "nonsense"),
        ("ORDITO_DATABASE_DIRECT_URL", "postgresql+asyncpg://localhost/ordito"),
        ("ORDITO_CA_FILE", "/nowhere/ca.pem"),
        ("ORDITO_CA_FILE", __file__),
        ("ORDITO_LISTEN", "8420"),
        ("ORDITO_LISTEN", "127.0.0.1:65536"),
        ("ORDITO_LISTEN", "127.0.0.1:\N{SUPERSCRIPT TWO}"),
        ("ORDITO_LOG_LEVEL", "loud"),
        ("ORDITO_ENV", "test"),
        ("ORDITO_WHO_CREATES_GROUPS", "nobody"),
        ("ORDITO_CONNECTIONS_PER_ADDRESS", "-1"),
        ("ORDITO_POSTS_PER_MINUTE", "0"),
        ("ORDITO_POSTS_PER_HOUR", "many"),
    ],
)
def test_what_production_refuses(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        load({**PRODUCTION, "ORDITO_DATA_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTPS://Node.Example/", "https://node.example"),
        ("https://node.example:443", "https://node.example"),
        ("https://node.example:8443", "https://node.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://node.example.", "https://node.example"),
    ],
)
def test_the_address_has_one_spelling(tmp_path: Path, written: str, read: str) -> None:
    assert load({"ORDITO_BASE_URL": written, "ORDITO_DATA_DIR": str(tmp_path)}).base_url == read


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("https://node .example", "a space"),
        ("https://node.\texample", "a space"),
        ("https://node.example:", "a port that is none"),
        ("https://node.example:0", "a port that is none"),
        ("https://node.example:65536", "a port that is none"),
        ("https://node.example:https", "a port that is none"),
        ("https://192.0.2.1", "needs a name"),
        ("https://[2001:db8::1]:8443", "needs a name"),
        ("https://3221225985", "cannot be one"),
        ("https://[node.example", "cannot be one"),
        ("https://anna@node.example", "nothing behind it"),
        ("https://@node.example", "nothing behind it"),
        ("https://node.example?", "nothing behind it"),
        ("https://node.example#a", "nothing behind it"),
        ("https://:443", "nothing behind it"),
        ("HTTP://node.example", "plain http"),
    ],
)
def test_what_can_be_no_address_is_told(tmp_path: Path, written: str, says: str) -> None:
    with pytest.raises(WrongSetting, match="^ORDITO_BASE_URL .*" + says):
        load({"ORDITO_BASE_URL": written, "ORDITO_DATA_DIR": str(tmp_path)})


def test_development_goes_by_a_number_or_plain_http(tmp_path: Path) -> None:
    written = {**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path), "ORDITO_BASE_URL": "http://127.0.0.1:8420"}
    assert load(written).base_url == "http://127.0.0.1:8420"
    assert load({**written, "ORDITO_BASE_URL": "", "ORDITO_LISTEN": "[2001:db8::1]:1"}).host == "[2001:db8::1]:1"


def test_private_networks_are_for_development(tmp_path: Path) -> None:
    opened = {**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path), "ORDITO_ALLOW_PRIVATE_NETWORKS": "127.0.0.0/8, ::1/128"}
    assert len(load(opened).allow_private_networks) == 2


def test_the_highest_port_can_be_listened_on(tmp_path: Path) -> None:
    highest = {**PRODUCTION, "ORDITO_DATA_DIR": str(tmp_path), "ORDITO_LISTEN": "0.0.0.0:65535"}
    assert load(highest).address == ("0.0.0.0", 65535)  # noqa: S104  # compared, not bound


def test_the_file_is_read_and_the_environment_goes_before_it(tmp_path: Path) -> None:
    (tmp_path / "ordito.toml").write_text('base_url = "https://file.example"\nnode_name = "From the file"\n')
    from_file = load({"ORDITO_DATA_DIR": str(tmp_path)})
    assert (from_file.base_url, from_file.node_name) == ("https://file.example", "From the file")
    assert load({"ORDITO_DATA_DIR": str(tmp_path), "ORDITO_NODE_NAME": "From outside"}).node_name == "From outside"


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "ordito.toml").write_text('bse_url = "https://file.example"\n')
    with pytest.raises(WrongSetting, match="bse_url"):
        load({"ORDITO_DATA_DIR": str(tmp_path)})


def test_every_setting_is_documented() -> None:
    documented = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    for entry in fields(Settings):
        assert entry.metadata["help"]
        assert f"ORDITO_{entry.name.upper()}" in documented, entry.name


@pytest.mark.parametrize("contact", ["abuse@node.example", "mailto:abuse@node.example", "https://node.example/abuse"])
def test_a_contact_is_an_address_or_a_link(tmp_path: Path, contact: str) -> None:
    found = load({**PRODUCTION, "ORDITO_DATA_DIR": str(tmp_path), "ORDITO_CONTACT": contact})
    assert found.contact == contact


@pytest.mark.parametrize("line", ["allow_hosts = 5", "trusted_proxies = [5]", "secret_file = 5", "node_name = 5"])
def test_what_is_no_text_in_the_file_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "ordito.toml").write_text(f"{line}\n")
    with pytest.raises(WrongSetting, match=f"^ORDITO_{line.partition(' ')[0].upper()} is written as text"):
        load({**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path)})


def test_lists_in_the_file_are_lists_or_texts(tmp_path: Path) -> None:
    (tmp_path / "ordito.toml").write_text('allow_hosts = ["a.example:8443"]\ntrusted_proxies = "::1, 127.0.0.1"\n')
    found = load({**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path)})
    assert (found.allow_hosts, len(found.trusted_proxies)) == ({"a.example:8443"}, 2)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "ordito.toml").write_bytes('node_name = "Società"\n'.encode("latin-1"))
    with pytest.raises(WrongSetting, match=r"ordito\.toml is not UTF-8"):
        load({**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path)})
    (tmp_path / "ordito.toml").write_text('node_name = "Società"\n', encoding="utf-8")
    assert load({**DEVELOPMENT, "ORDITO_DATA_DIR": str(tmp_path)}).node_name == "Società"


def test_a_direct_address_goes_beside_the_other(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://localhost/ordito"
    both = {"ORDITO_DATABASE_URL": url, "ORDITO_DATABASE_DIRECT_URL": url}
    assert load({**PRODUCTION, "ORDITO_DATA_DIR": str(tmp_path), **both}).database_direct_url == url
