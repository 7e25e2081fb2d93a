"""Who is who: handles to actors and back by WebFinger (RFC 7033), what runs at a host by NodeInfo.

Each module asks other nodes and makes the answers that our own node gives.
"""

from federation.discovery.nodeinfo import (
    NodeInfo,
    Usage,
    application_actor,
    nodeinfo,
    nodeinfo_document,
    nodeinfo_links,
)
from federation.discovery.webfinger import confirm, host_meta_xml, jrd, resolve

__all__ = [
    "NodeInfo",
    "Usage",
    "application_actor",
    "confirm",
    "host_meta_xml",
    "jrd",
    "nodeinfo",
    "nodeinfo_document",
    "nodeinfo_links",
    "resolve",
]
