"""`python -m node.storage.decoding PURPOSE FAMILY FORMAT SOURCE FOLDER`: writes `result.json` into the folder."""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from node.storage import limits
from node.storage.decoding import confinement

MEMORY: Final = {"image": 1_000_000_000, "audio": 1_000_000_000, "video": 2_000_000_000}
"""Bytes of address space. A picture of 40 megapixels needs four bytes for each, and as much again to be turned."""
SECONDS: Final = {"image": 30, "audio": 120, "video": 600}
FILE_SIZE: Final = 60_000_000
NICE: Final = 5
"""Whoever waits for an answer goes before."""


def main(purpose: str, family: str, file_format: str, source: Path, folder: Path) -> None:
    animated = file_format == "GIF" and purpose == "attachment"
    heavy = "video" if animated else family
    confinement.limit(MEMORY[heavy], SECONDS[heavy], FILE_SIZE)
    os.nice(NICE)
    from node.storage.decoding.images import Undecodable  # noqa: PLC0415  # within the limits, before the confinement

    work = _pictures if family == "image" else _plays
    try:
        made = work(purpose, file_format, source, folder)
    except Undecodable as error:
        made = {"refused": str(error)}
    except Exception as error:  # noqa: BLE001  # decoders raise what they like; the node's log is told which it was
        made = {"refused": type(error).__name__}
    (folder / "result.json").write_text(json.dumps(made))


def _pictures(purpose: str, file_format: str, source: Path, folder: Path) -> dict[str, Any]:
    from node.storage.decoding import images  # noqa: PLC0415  # as above

    if file_format == "GIF" and purpose == "attachment" and _can_play():
        from node.storage.decoding import films, sounds  # noqa: PLC0415  # as above

        confinement.confine(source, folder)
        if images.is_animated(source):
            with sounds.opened(source, "gif") as container:
                return films.convert(container, folder, silent=True)
    else:
        confinement.confine(source, folder)
    image = images.opened(source, file_format)
    match purpose:
        case "avatar":
            return images.cropped(image, folder, (limits.AVATAR_SIDE, limits.AVATAR_SIDE))
        case "header":
            return images.cropped(image, folder, limits.HEADER_SIZE)
        case "emoji":
            return images.contained(image, folder, limits.EMOJI_SIDE)
    return images.attachment(image, folder)


def _can_play() -> bool:
    try:
        import av  # noqa: F401, PLC0415  # an extra
    except ImportError:
        return False
    return True


def _plays(_: str, file_format: str, source: Path, folder: Path) -> dict[str, Any]:
    from node.storage.decoding import films, sounds  # noqa: PLC0415  # as above

    confinement.confine(source, folder)
    with sounds.opened(source, file_format) as container:
        return films.convert(container, folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
