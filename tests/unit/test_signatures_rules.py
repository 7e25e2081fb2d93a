"""What holds for both schemes: our hosts, the time, the digest, and that nothing covered may change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from federation.errors import Malformed, Unverified
from federation.signatures import SignedMessage, read, verify
from federation.signatures.freshness import format_http_date, parse_http_date
from tests.unit.signed_requests import (
    BODY,
    DRAFT_GET,
    HOSTS,
    KEY_ID,
    NOW,
    RFC_GET,
    RSA,
    changed,
    draft,
    rfc9421,
    sha256_digest,
)

BUILDERS = [pytest.param(draft, id="cavage"), pytest.param(rfc9421, id="rfc9421")]
HOUR = timedelta(hours=1)

Builder = Callable[..., SignedMessage]


def accept(message: SignedMessage, hosts: frozenset[str] = HOSTS) -> None:
    verify(read(message, now=NOW, hosts=hosts), RSA.public)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(
    ("host", "hosts"),
    [
        ("node.test", {"node.test"}),
        ("NODE.test", {"node.test"}),
        ("node.test:443", {"node.test"}),
        ("node.test:8443", {"node.test:8443"}),
        ("node.test", {"node.test:8443"}),
        ("old.test", {"node.test", "old.test"}),
        ("[::1]:8443", {"[::1]:8443"}),
        ("[::1]", {"[::1]:8443"}),
    ],
)
def test_host_is_ours_with_or_without_the_port(build: Builder, host: str, hosts: set[str]) -> None:
    accept(build(headers={"host": host}), frozenset(hosts))


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize(
    "host", ["evil.test", "node.test:8443", "node.test.evil.test", "evil.test, node.test", "", None]
)
def test_a_foreign_host_is_malformed(build: Builder, host: str | None) -> None:
    with pytest.raises(Malformed):
        accept(build(headers={"host": host}))


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("target", ["*", "https://node.test/inbox", "node.test:443", "", "?a"])
def test_a_target_that_is_no_path_is_malformed(build: Builder, target: str) -> None:
    with pytest.raises(Malformed):
        accept(replace(build(), target=target))


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("distance", [-HOUR, HOUR, timedelta()])
def test_the_window_is_an_hour_either_way(build: Builder, distance: timedelta) -> None:
    read(build(), now=NOW + distance, hosts=HOSTS)
    for sign in (-1, 1):
        beyond = NOW + sign * (HOUR + timedelta(seconds=1))
        with pytest.raises(Unverified) as refused:
            read(build(), now=beyond, hosts=HOSTS)
        assert refused.value.reason == "sig.time"


@pytest.mark.parametrize("build", BUILDERS)
def test_the_window_is_never_wider_than_twelve_hours(build: Builder) -> None:
    week = timedelta(days=7)
    read(build(), now=NOW + timedelta(hours=12), hosts=HOSTS, window=week)
    with pytest.raises(Unverified):
        read(build(), now=NOW + timedelta(hours=12, seconds=1), hosts=HOSTS, window=week)


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "2026-11-22T14:07:15Z",
        "Sun, 22 Nov 2026 14:07:15 +0000",
        "Sunday, 22-Nov-26 14:07:15 GMT",
        "Sun, 32 Nov 2026 14:07:15 GMT",
        "Sun, 22 Nov 2026 24:07:15 GMT",
        "Sun, 22 Nov 0000 14:07:15 GMT",
        "Sun, 22 Nov 2026 14:07:15 GMT ",
        "Sun, 22 Nov 2026 14:07:15 GMT, Sun, 22 Nov 2026 14:07:15 GMT",
    ],
)
def test_an_unreadable_date_is_unverified(date: str | None) -> None:
    with pytest.raises(Unverified):
        parse_http_date(date or "")
    if date is None or date == date.strip():
        with pytest.raises(Unverified):
            accept(draft(headers={"date": date}))


def test_dates_are_written_as_they_are_read() -> None:
    assert format_http_date(NOW) == "Sun, 22 Nov 2026 14:07:15 GMT"
    assert parse_http_date(format_http_date(NOW)) == NOW


def test_a_key_id_in_another_spelling_is_the_same_key() -> None:
    spelled = draft(keyId="HTTPS://Peer.Test:443/users/amina#main-key")
    assert read(spelled, now=NOW, hosts=HOSTS).key_id == KEY_ID


@pytest.mark.parametrize("build", BUILDERS)
def test_a_body_other_than_the_digests_is_refused_before_any_key(build: Builder) -> None:
    with pytest.raises(Unverified) as refused:
        read(replace(build(), body=BODY + b" "), now=NOW, hosts=HOSTS)
    assert refused.value.reason == "sig.digest"


@pytest.mark.parametrize("build", BUILDERS)
def test_a_strong_digest_that_is_not_signed_makes_up_for_no_weak_one(build: Builder) -> None:
    """Whoever holds such a request could swap the body, and the digest that nobody signed."""
    weak = {"digest": "MD5=AAAAAAAAAAAAAAAAAAAAAA=="}, {"content-digest": "md5=:AAAAAAAAAAAAAAAAAAAAAA==:"}
    signed, unsigned = weak if build is draft else reversed(weak)
    accept(build(headers=unsigned))
    with pytest.raises(Unverified) as refused:
        accept(build(headers=signed))
    assert refused.value.reason == "sig.digest_weak"


@pytest.mark.parametrize("build", BUILDERS)
def test_a_body_swapped_together_with_its_digest_is_refused(build: Builder) -> None:
    other = b'{"type":"Block"}'
    digest = sha256_digest(other)
    swapped = changed(replace(build(), body=other), digest=f"SHA-256={digest}", content_digest=f"sha-256=:{digest}:")
    claim = read(swapped, now=NOW, hosts=HOSTS)
    with pytest.raises(Unverified) as refused:
        verify(claim, RSA.public)
    assert refused.value.reason == "sig.wrong"


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("change", [{"method": "PUT"}, {"target": "/users/zoe/inbox"}, {"target": "/Inbox"}])
def test_another_method_or_target_is_refused(build: Builder, change: dict[str, str]) -> None:
    accept(build())
    with pytest.raises(Unverified):
        accept(replace(build(), **change))


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(draft(DRAFT_GET, method="GET", body=None, target="/outbox"), id="cavage"),
        pytest.param(rfc9421(RFC_GET, method="GET", body=None, target="/outbox"), id="rfc9421"),
    ],
)
def test_a_captured_get_opens_no_other_query(message: SignedMessage) -> None:
    accept(message)
    with pytest.raises(Unverified):
        accept(replace(message, target="/outbox?page=1"))
