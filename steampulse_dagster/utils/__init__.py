"""Vocabulary-free helpers."""
