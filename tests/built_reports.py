"""A small report, built by hand: for tests of what shows reports."""

from steampulse_dagster.models.analysis import Grounding, Provenance
from steampulse_dagster.models.reports import (
    Evidence,
    EvidenceLevel,
    GameReport,
    Judgement,
    ReportItem,
    ReportSample,
    ReportSection,
    SectionStatus,
)
from steampulse_dagster.models.reviews import LanguageCount, MonthCount, QuerySummary, ReviewFacts, WindowCount
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)
from steampulse_dagster.utils.stats import build_share
from tests.analysis_fakes import APPID, START


def build_evidence(quote: str) -> Evidence:
    """A quote of a review that does not recommend the game."""
    return Evidence(
        recommendationid=17,
        quote=quote,
        voted_up=False,
        playtime_at_review=90,
        language="english",
        timestamp_created=START,
        votes_up=3,
        url="https://steamcommunity.com/app/4200/reviews/",
    )


def build_item(quote: str, **changes: object) -> ReportItem:
    """A friction with one quote."""
    fields: dict[str, object] = {
        "topic": "crashes",
        "label": "Crashes",
        "statement": None,
        "mentions": build_share(12, 340, "reviews read"),
        "positive_votes": build_share(5, 12, "reviews that mention it"),
        "median_playtime_at_review": 150.0,
        "first_mentioned": START,
        "last_mentioned": START,
        "evidence": (build_evidence(quote),),
    }
    return ReportItem.model_validate({**fields, **changes})


def build_test_report(*items: ReportItem, **changes: object) -> GameReport:
    """A report with these frictions, by the local analyst."""
    nothing = ReportSection(status=SectionStatus.NOT_ENOUGH_EVIDENCE, reason="0 of 340 mention one.")
    friction = ReportSection(status=SectionStatus.OK, items=items) if items else nothing
    fields: dict[str, object] = {
        "appid": APPID,
        "name": "Lantern Keep",
        "sample": ReportSample(
            stored=400,
            read=340,
            skipped_blank=10,
            skipped_language=50,
            read_languages=(LanguageCount(language="english", reviews=340, positive=300),),
            skipped_languages=(LanguageCount(language="german", reviews=50, positive=20),),
            chunks=8,
            reported=QuerySummary(total_reviews=500, total_positive=450, total_negative=50),
            completeness=0.8,
            data_time=START,
        ),
        "evidence_level": EvidenceLevel.NORMAL,
        "provenance": Provenance(engine="local", model="minilm", version="1", generative=False),
        "sentiment": compute_sentiment_score(positive=320, total=400, population="stored reviews"),
        "hidden_gem": compute_hidden_gem_score(positive=450, total=500, population="reviews that Steam counts"),
        "trends": compute_sentiment_trends(
            [
                WindowCount(days=7, reviews=5, positive=5, reviews_before=9, positive_before=3),
                WindowCount(days=30, reviews=100, positive=30, reviews_before=100, positive_before=90),
            ]
        ),
        "facts": ReviewFacts(
            appid=APPID,
            stored=400,
            positive=320,
            blank=10,
            months=(
                MonthCount(month="2025-11", reviews=100, positive=50),
                MonthCount(month="2026-02", reviews=300, positive=270),
            ),
        ),
        "one_liner": Judgement(reason="no language model"),
        "audience_profile": Judgement(text="For people who *like* lanterns."),
        "design_strengths": nothing,
        "gameplay_friction": friction,
        "player_wishlist": nothing,
        "churn_triggers": nothing,
        "dev_priorities": ReportSection(status=SectionStatus.NEEDS_LANGUAGE_MODEL, reason="takes judgement"),
        "competitive_context": nothing,
        "notable_quotes": (),
        "grounding": Grounding(quotes=20, proven=18, dropped=2),
    }
    return GameReport.model_validate({**fields, **changes})
