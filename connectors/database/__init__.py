"""The database: SQLite in a file, or a PostgreSQL server."""
