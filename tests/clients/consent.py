"""Somebody at her browser, who lets an app in: the pages that a client sends her to, as forms and redirects."""

import re
from html import unescape
from urllib.parse import urljoin

import requests

FORM = re.compile(r"<form[^>]*?action=\"([^\"]*)\"[^>]*>(.*?)</form>", re.DOTALL)
HIDDEN = re.compile(r"<input[^>]*?type=\"hidden\"[^>]*>")
ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"")
CODE = re.compile(r"<input[^>]*?id=\"code\"[^>]*>")
MOST_PAGES = 10


def consent(url: str, name: str, password: str) -> str:
    """Signs in where she is asked to, and says yes. The address that the app is called back at, or the code that the
    page shows."""
    browser = requests.Session()
    browser.headers.update({"Accept": "text/html", "Sec-Fetch-Site": "same-origin"})
    answer = browser.get(url, allow_redirects=False, timeout=10)
    for _ in range(MOST_PAGES):
        if answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if not target.startswith(("http://localhost", "http://127.0.0.1")) or "/callback" in target:
                return answer.headers["Location"]
            answer = browser.get(target, allow_redirects=False, timeout=10)
            continue
        assert answer.status_code == 200, (answer.status_code, answer.text)
        shown = CODE.search(answer.text)
        if shown is not None:
            return dict(ATTRIBUTE.findall(shown[0]))["value"]
        answer = _submitted(browser, answer, name, password)
    raise AssertionError("the pages come to no end")


def _submitted(browser: requests.Session, page: requests.Response, name: str, password: str) -> requests.Response:
    """The form that asks for a password, else the one that says yes: the first that leads to no sign-out."""
    forms = [(unescape(action), body) for action, body in FORM.findall(page.text)]
    action, body = next((form for form in forms if 'type="password"' in form[1]), None) or next(
        form for form in forms if "/oauth/authorize" in form[0]
    )
    fields = {}
    for hidden in HIDDEN.findall(body):
        found = dict(ATTRIBUTE.findall(hidden))
        fields[found["name"]] = unescape(found.get("value", ""))
    if 'type="password"' in body:
        fields |= {"name": name, "password": password}
    else:
        button = re.search(r"<button[^>]*?name=\"(\w+)\"[^>]*?value=\"(\w+)\"", body)
        if button is not None:
            fields[button[1]] = button[2]
    return browser.post(urljoin(page.url, action), data=fields, allow_redirects=False, timeout=10)
