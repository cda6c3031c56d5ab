"""HTTP look-alikes of Steam, IGDB, Twitch and Bedrock, over a seeded or a recorded world."""
