"""Files that pages refer to, read once: a browser keeps those whose name has a hash, and asks again for the others.

The page of an error links the style sheet by its own name, since it is made where no template is.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from node.errors import NotFound

DIRECTORY: Final = Path(__file__).parent / "static"
TYPES: Final = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    body: bytes
    content_type: str
    digest: str


class StaticFiles:
    def __init__(self, directory: Path = DIRECTORY) -> None:
        self._files: dict[str, StaticFile] = {}
        self._addresses: dict[str, str] = {}
        for path in sorted(directory.iterdir()):
            body = path.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:16]
            self._files[path.name] = StaticFile(body, TYPES[path.suffix], digest)
            self._addresses[path.name] = f"/static/{path.stem}.{digest}{path.suffix}"

    def address(self, name: str) -> str:
        """Where a file is found under the name that changes with it."""
        return self._addresses[name]

    def find(self, name: str) -> tuple[StaticFile, bool]:
        """The file, and whether the name holds its hash."""
        if name in self._files:
            return self._files[name], False
        stem, _, rest = name.partition(".")
        digest, _, suffix = rest.partition(".")
        file = self._files.get(f"{stem}.{suffix}")
        if file is None or file.digest != digest:
            raise NotFound("There is nothing at this address.")
        return file, True


FILES: Final = web.AppKey("static_files", StaticFiles)
routes = web.RouteTableDef()


@routes.get("/static/{name}")
async def static_file(request: web.Request) -> web.Response:
    file, hashed = request.app[FILES].find(request.match_info["name"])
    caching = "public, max-age=31536000, immutable" if hashed else "public, no-cache"
    headers = {"Cache-Control": caching, "ETag": f'"{file.digest}"'}
    if file.digest in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    charset = None if file.content_type == "image/png" else "utf-8"
    return web.Response(body=file.body, content_type=file.content_type, charset=charset, headers=headers)
