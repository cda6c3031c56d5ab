"""The reviews behind one item as pages show them. Pure."""

from steampulse_dagster.api.pages.quotes import QuoteView, check_url, cut_words
from steampulse_dagster.models.reading import SignalEvidence

NO_WORDS = "(the review as a whole)"


def build_evidence(row: SignalEvidence) -> QuoteView:
    """A mention of an item."""
    words, is_cut = cut_words(row.quote or NO_WORDS)
    return QuoteView(
        words=words,
        is_cut=is_cut,
        language=row.language,
        voted_up=row.voted_up,
        hours=row.hours_at_review,
        created_at=row.created_at,
        votes_up=row.votes_up,
        review_id=row.recommendationid,
        url=check_url(row.url),
    )
