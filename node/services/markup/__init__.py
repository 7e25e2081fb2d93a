"""Text that people read: foreign HTML made safe, our own posts rendered, and both turned into plain text."""

from node.services.markup.compact import for_apps
from node.services.markup.plain import plain, title_of
from node.services.markup.render import Mentioned, Rendered, handles_in, key_of, render
from node.services.markup.sanitise import clean_html

__all__ = ["Mentioned", "Rendered", "clean_html", "for_apps", "handles_in", "key_of", "plain", "render", "title_of"]
