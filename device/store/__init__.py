"""The SQLite database and the picture files."""
