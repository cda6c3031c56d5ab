"""Business rules: decide, order, loop."""
