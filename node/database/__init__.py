"""Tables, the engines behind them, and transactions."""

from node.database.engine import Database
from node.database.ids import id_at, id_for_delivered, new_id
from node.database.migration import upgrade, version
from node.database.transaction import Transaction
from node.database.vault import Vault, prepare_directory

__all__ = [
    "Database",
    "Transaction",
    "Vault",
    "id_at",
    "id_for_delivered",
    "new_id",
    "prepare_directory",
    "upgrade",
    "version",
]
