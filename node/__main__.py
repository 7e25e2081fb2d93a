"""Starts the commands: `ordito`, or `python -m node`."""

from node.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
