"""Reviews of the seeded world as they are read back after a crawl."""

from pydantic import SecretStr

from steampulse_dagster.clients.steam_reviews import build_author_key_of, parse_review
from steampulse_dagster.models.reviews import Review, ReviewRow
from steampulse_dagster.simulators.seeded.world import SeededWorld
from tests.review_rows import as_read


def list_seeded_reviews(world: SeededWorld, appid: int) -> list[Review]:
    """All reviews of one of the world's games."""
    author_key_of = build_author_key_of(SecretStr("salt"), store_ids=False)
    parsed = (parse_review(row, appid=appid, author_key_of=author_key_of) for row in world.list_reviews(appid) or ())
    return [as_read(row) for row in parsed if isinstance(row, ReviewRow)]
