"""Chooses the storage by the settings, and makes the folders that work on files needs."""

from dataclasses import dataclass
from pathlib import Path

from node.settings import Settings, WrongSetting
from node.storage.folder import Folder
from node.storage.storage import Storage


@dataclass(frozen=True, slots=True)
class Folders:
    """In the data directory: `files` holds uploads where no bucket does, `scratch` what is worked on, `remote` copies
    of pictures of elsewhere. The last two may be emptied at any time."""

    files: Path
    scratch: Path
    remote: Path


def folders(settings: Settings) -> Folders:
    root = settings.data_dir.resolve() / "media"
    found = Folders(root / "files", root / "scratch", root / "remote")
    for path in (root, found.files, found.scratch, found.remote):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def open_storage(settings: Settings, places: Folders) -> Storage:
    """Raises `WrongSetting` where the library that speaks with buckets is not installed."""
    if not settings.s3_bucket:
        return Folder(places.files)
    try:
        from node.storage.bucket import bucket  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise WrongSetting("ORDITO_S3_BUCKET needs the extra s3: pip install 'ordito[s3]'") from error
    return bucket(settings, places.scratch)
