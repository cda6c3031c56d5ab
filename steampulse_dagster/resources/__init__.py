"""Thin shells that hand Dagster a plain client, connection or service."""
