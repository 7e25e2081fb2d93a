"""The node's secret: what must not be readable in a stolen database is encrypted with it.

It lives in a file of its own, beside the database or where the setting says, readable by its owner alone.
"""

import hashlib
import hmac
import os
import stat
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from node.settings import Settings, WrongSetting


class Vault:
    """Seals and opens short texts, and makes keyed hashes."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.secret_file or settings.data_dir / "secret"

    @cached_property
    def _secret(self) -> bytes:
        return _read_or_make(self._path)

    @cached_property
    def _fernet(self) -> Fernet:
        return Fernet(self._secret)

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises `WrongSetting` where the secret is not the one that sealed it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise WrongSetting(
                f"the secret in {self._path} does not fit this database: restore both together"
            ) from error

    def mac(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def prepare_directory(settings: Settings) -> None:
    """The data directory, readable by its owner alone, as all that is made in it."""
    os.umask(0o077)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)


def _read_or_make(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as error:
        raise WrongSetting(f"the secret cannot be made at {path}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        secret = Fernet.generate_key()
        file.write(secret)
    return secret


def _read(path: Path) -> bytes:
    others = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if others and not path.is_relative_to("/run/secrets"):
        raise WrongSetting(f"{path} is readable by others: chmod 600 {path}")
    return path.read_bytes().strip()
