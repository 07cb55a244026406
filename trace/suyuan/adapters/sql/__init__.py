"""Storage on SQLite and PostgreSQL. All SQL of the project is in this package."""

from suyuan.adapters.sql.engine import Database, open_database
from suyuan.adapters.sql.revision import migrate

__all__ = ["Database", "migrate", "open_database"]
