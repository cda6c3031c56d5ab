"""SteamPulse: Steam reviews turned into game intelligence that can be checked."""
