"""Application, with and without its secret; Token; and what an app may know of the person behind it."""

from datetime import datetime

from node.database.tables import Actor, OAuthApp
from node.mastodon.entities.accounts import DEFAULT_AVATAR, Entity, page_of


def application(app: OAuthApp, vapid_key: str) -> Entity:
    """`vapid_key` is that of the node, empty where it sends no notices."""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes.split(),
        "redirect_uris": list(app.redirect_uris),
        "redirect_uri": "\n".join(app.redirect_uris),
        "vapid_key": vapid_key,
    }


def credential_application(app: OAuthApp, secret: str, vapid_key: str) -> Entity:
    """The only time that the secret can be read."""
    credentials = {"client_id": app.client_id, "client_secret": secret, "client_secret_expires_at": 0}
    return application(app, vapid_key) | credentials


def token(secret: str, scopes: str, at: datetime) -> Entity:
    """Tokens do not expire, so that there is no `expires_in`: Mastodon.py reads it."""
    return {"access_token": secret, "token_type": "Bearer", "scope": scopes, "created_at": int(at.timestamp())}


def user_info(actor: Actor, base_url: str) -> Entity:
    """Claims of OpenID Connect Core, section 5.1, as far as everybody may know them."""
    return {
        "iss": base_url,
        "sub": actor.uri,
        "name": actor.name,
        "preferred_username": actor.username,
        "profile": page_of(actor, base_url),
        "picture": actor.icon or f"{base_url}{DEFAULT_AVATAR}",
    }
