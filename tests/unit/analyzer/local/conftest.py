"""Reviews and a loaded analyst for the tests of the local analyst."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from steampulse_dagster.analyzer.local.analyst import LocalAnalyst, open_local_analyst
from steampulse_dagster.models.analysis import ReviewChunk
from steampulse_dagster.models.reviews import Review

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

MakeReview = Callable[..., Review]
MakeChunk = Callable[..., ReviewChunk]


@pytest.fixture(scope="session")
def analyst() -> LocalAnalyst:
    """The analyst with its model; loaded once."""
    return open_local_analyst()


@pytest.fixture(scope="session")
def blind_analyst() -> LocalAnalyst:
    """The analyst without a model."""
    return LocalAnalyst(embedder=None, degraded="The model is missing.")


@pytest.fixture
def make_review() -> MakeReview:
    def make(text: str, *, number: int = 1, voted_up: bool = True, language: str = "english", **fields) -> Review:
        return Review(
            recommendationid=number,
            appid=1,
            author_key=str(number),
            language=language,
            review=text,
            timestamp_created=_MOMENT,
            timestamp_updated=_MOMENT,
            voted_up=voted_up,
            content_hash=str(number),
            **fields,
        )

    return make


@pytest.fixture
def make_chunk() -> MakeChunk:
    def make(*reviews: Review, name: str = "The Game", chunk_no: int = 0) -> ReviewChunk:
        return ReviewChunk(appid=1, chunk_no=chunk_no, game_name=name, content_hash="hash", reviews=reviews)

    return make
