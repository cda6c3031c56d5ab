"""SQL in, models out; one writer for each table."""
