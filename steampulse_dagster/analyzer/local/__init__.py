"""The embedded default analyst: extractive, no language model."""
