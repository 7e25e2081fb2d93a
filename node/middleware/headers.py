"""The headers that every answer carries."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from node.settings import Settings

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


def page_policy(settings: Settings) -> str:
    """With the place that uploads are fetched from, if readers are sent there."""
    if not settings.s3_public_url:
        return PAGE_POLICY
    place = "{0.scheme}://{0.netloc}".format(urlsplit(settings.s3_public_url))
    return PAGE_POLICY.replace("'self' blob:", f"'self' blob: {place}")


def add_headers(response: web.StreamResponse, settings: Settings) -> None:
    """What a door has set itself stays."""
    response.headers.setdefault("Server", "Ordito")
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.base_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.content_type == "text/html":
        response.headers.setdefault("Content-Security-Policy", page_policy(settings))
