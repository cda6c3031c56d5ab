"""Chunks, the two passes, proof of quotes and sections."""
