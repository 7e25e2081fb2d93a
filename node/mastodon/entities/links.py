"""Addresses in entities: of this node's pages, and of pictures, which apps load from here and from nowhere else."""

from dataclasses import dataclass
from typing import Self

from node.database import Transaction
from node.database.vault import Vault
from node.services import remote_files
from node.services.remote_files import Variant


@dataclass(frozen=True, slots=True)
class Links:
    """An app that loaded a picture of another server would tell it who reads what, when, and from which address: such
    a picture is named at this node, which fetches it."""

    base_url: str
    vault: Vault

    @classmethod
    def of(cls, tx: Transaction) -> Self:
        return cls(tx.settings.base_url, tx.vault)

    def file(self, url: str, variant: Variant) -> str:
        """A file of this node as it is, one of elsewhere through this node."""
        if url.startswith(f"{self.base_url}/"):
            return url
        return f"{self.base_url}{remote_files.path(self.vault, variant, url)}"
