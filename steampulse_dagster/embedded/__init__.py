"""The zero-settings default: PostgreSQL, folders and simulators, started and stopped."""
