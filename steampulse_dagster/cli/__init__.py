"""The `steampulse` command: parse, call one service, report."""
