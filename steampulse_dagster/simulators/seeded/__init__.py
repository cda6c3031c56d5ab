"""The seeded world: invented games whose generated reviews carry planted facts, so that extraction can be scored."""
