"""The command `ordito`: one module per noun, each loaded when its command is asked for."""

from node.cli.root import main

__all__ = ["main"]
