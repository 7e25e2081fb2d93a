"""Whose address counts: of a listed proxy, the one it names; of everybody else, their own."""

from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from node.middleware.addresses import client_address
from node.middleware.state import CONTEXT
from node.settings import WrongSetting, load


def seen(remote: str, *forwarded: str, proxies: str = "10.0.0.2, 2001:db8::/64") -> str:
    environment = {"ORDITO_BASE_URL": "https://node.example", "ORDITO_TRUSTED_PROXIES": proxies}
    app = web.Application()
    app[CONTEXT] = SimpleNamespace(settings=load(environment))
    headers = CIMultiDict(("X-Forwarded-For", line) for line in forwarded)
    return client_address(make_mocked_request("GET", "/", headers, app=app).clone(remote=remote))


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        (("198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        (("203.0.113.9", "198.51.100.7"), "198.51.100.7"),
        (("198.51.100.7, 10.0.0.2",), "198.51.100.7"),
        (("198.51.100.7, 2001:db8::5",), "198.51.100.7"),
        ((), "10.0.0.2"),
        (("",), "10.0.0.2"),
        (("unknown",), "unknown"),
    ],
)
def test_a_listed_proxy_is_believed_in_its_last_word(forwarded, expected):
    assert seen("10.0.0.2", *forwarded) == expected
    assert seen("::ffff:10.0.0.2", *forwarded) in {expected, "::ffff:10.0.0.2"}


def test_nobody_else_can_name_another():
    assert seen("198.51.100.7", "203.0.113.9") == "198.51.100.7"
    assert seen("10.0.0.3", "203.0.113.9") == "10.0.0.3"


def test_a_proxy_on_the_same_machine_is_believed_unless_others_are_listed():
    assert seen("127.0.0.1", "198.51.100.7", proxies="") == "198.51.100.7"
    assert seen("::1", "198.51.100.7", proxies="") == "198.51.100.7"
    assert seen("10.0.0.2", "198.51.100.7", proxies="") == "10.0.0.2"
    assert seen("127.0.0.1", "198.51.100.7") == "127.0.0.1"


def test_what_is_no_address_is_refused_as_a_setting():
    with pytest.raises(WrongSetting, match="ORDITO_TRUSTED_PROXIES"):
        seen("10.0.0.2", proxies="caddy")
