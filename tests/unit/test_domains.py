"""Which hosts share a limit: those below one registered domain."""

import pytest

from federation.identifiers import domain_of


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.org", "example.org"),
        ("a.b.example.org", "example.org"),
        ("a.example.org:8443", "example.org"),
        ("a.example.co.uk", "example.co.uk"),
        ("example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("social.example.uk", "example.uk"),
        ("localhost", "localhost"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("192.0.2.77", "192.0.2.77"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("[2001:db8::1]", "[2001:db8::1]"),
    ],
)
def test_domain(host: str, domain: str) -> None:
    assert domain_of(host) == domain
