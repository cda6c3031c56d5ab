"""One external API each."""
