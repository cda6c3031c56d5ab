"""Answers of the main routes as the API's document shows them: models, made as the product makes them. Pure.

A model that changes changes its example, or making it fails.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, TypeAdapter

from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.analysis import Grounding, Provenance
from steampulse_dagster.models.games import Game, GameGenre, GameState, GameTag
from steampulse_dagster.models.reading import GameCost, GamePage, GameRow, Page, PlaytimeBucket, SignalRow, TopItem
from steampulse_dagster.models.reports import (
    SECTION_NAMES,
    Evidence,
    EvidenceLevel,
    GameReport,
    Judgement,
    ReportItem,
    ReportSample,
    ReportSection,
    SectionStatus,
    StoredReport,
)
from steampulse_dagster.models.reviews import (
    CrawlPhase,
    CrawlState,
    LanguageCount,
    MonthCount,
    QuerySummary,
    ReviewFacts,
    WindowCount,
)
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)
from steampulse_dagster.utils.stats import build_share

_APPID = 9000030
_MOMENT = datetime(2026, 11, 1, 12, tzinfo=UTC)
_STEAM = QuerySummary(total_reviews=500, total_positive=450, total_negative=50)
_MONTHS = (
    MonthCount(month="2026-09", reviews=180, positive=150),
    MonthCount(month="2026-10", reviews=220, positive=170),
)
_READ = "reviews that the analyst read"


def build_examples() -> Mapping[str, BaseModel | tuple[BaseModel, ...]]:
    """An answer to GET by the route's path."""
    report = _build_report()
    stored = StoredReport(report_id=17, appid=_APPID, report_key="5f" * 32, created_at=_MOMENT, report=report)
    page = _build_page(stored)
    return {
        "/api/games": Page[GameRow](items=(_build_row(page, stored),), next_cursor=None),
        "/api/games/{appid}": page,
        "/api/games/{appid}/report": stored,
        "/api/games/{appid}/signals": _build_signals(report),
    }


def add_examples(document: dict[str, Any]) -> None:
    """Put the examples into an OpenAPI document, and the form of an error beside each."""
    from steampulse_dagster.api.errors import ErrorBody

    for path, example in build_examples().items():
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        content["example"] = TypeAdapter(type(example)).dump_python(example, mode="json")
    error = NotFoundError("There is no game 570 here: `steampulse run 570` fetches it.")
    told = ErrorBody(code="NOT_FOUND", message=error.message).model_dump(mode="json")
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"]["content"]["application/json"]["example"] = told


def _build_report() -> GameReport:
    nothing = ReportSection(status=SectionStatus.NOT_ENOUGH_EVIDENCE, reason="Fewer than 3 of 340 reviews mention one.")
    sections = {**dict.fromkeys(SECTION_NAMES, nothing), "gameplay_friction": _build_friction()}
    windows = [WindowCount(days=90, reviews=120, positive=90, reviews_before=100, positive_before=85)]
    return GameReport(
        appid=_APPID,
        name="Lanternfall",
        sample=ReportSample(
            stored=400,
            read=340,
            skipped_blank=10,
            skipped_language=50,
            read_languages=(LanguageCount(language="english", reviews=340, positive=290),),
            chunks=8,
            reported=_STEAM,
            completeness=0.8,
            data_time=_MOMENT,
        ),
        evidence_level=EvidenceLevel.NORMAL,
        provenance=Provenance(engine="local", model="minilm", version="1", generative=False),
        sentiment=compute_sentiment_score(positive=320, total=400, population="stored reviews in all languages"),
        hidden_gem=compute_hidden_gem_score(positive=450, total=500, population="reviews that Steam counts"),
        trends=compute_sentiment_trends(windows),
        facts=ReviewFacts(
            appid=_APPID,
            stored=400,
            positive=320,
            blank=10,
            first_created=_MOMENT,
            last_created=_MOMENT,
            median_playtime_at_review_positive=900.0,
            median_playtime_at_review_negative=120.0,
            languages=(LanguageCount(language="english", reviews=350, positive=300),),
            months=_MONTHS,
            windows=tuple(windows),
        ),
        one_liner=Judgement(reason="needs a language model"),
        audience_profile=Judgement(reason="needs a language model"),
        **sections,
        notable_quotes=(),
        grounding=Grounding(quotes=1, proven=1),
    )


def _build_friction() -> ReportSection:
    quote = Evidence(
        recommendationid=212345678,
        quote="It crashes every time I open the map.",
        voted_up=False,
        playtime_at_review=90,
        language="english",
        timestamp_created=_MOMENT,
        votes_up=3,
        url=f"https://steamcommunity.com/app/{_APPID}/reviews/",
    )
    item = ReportItem(
        topic="crashes",
        label="Crashes",
        statement=None,
        mentions=build_share(12, 340, _READ),
        positive_votes=build_share(5, 12, "reviews that mention it"),
        median_playtime_at_review=150.0,
        first_mentioned=_MOMENT,
        last_mentioned=_MOMENT,
        evidence=(quote,),
    )
    return ReportSection(status=SectionStatus.OK, items=(item,))


def _build_page(stored: StoredReport) -> GamePage:
    game = Game(
        appid=_APPID,
        name=stored.report.name,
        slug="lanternfall",
        type="game",
        state=GameState.AVAILABLE,
        short_description="Carry the last light down.",
        developers=("Moth & Lamp",),
        release_date=date(2026, 3, 1),
        tags=(GameTag(tagid=1685, name="Co-op", weight=90),),
        genres=(GameGenre(genre_id="1", name="Action"),),
    )
    state = CrawlState(
        appid=_APPID, phase=CrawlPhase.UPDATES, reported=_STEAM, stored=400, completeness=0.8, finished_at=_MOMENT
    )
    return GamePage(
        game=game,
        is_tracked=True,
        tracked_reason="manual",
        crawl=state,
        report=stored,
        confirmed_at=_MOMENT,
        older_report_id=None,
        playtimes=(PlaytimeBucket(from_hours=0, to_hours=None, positive=320, negative=80),),
        cost=GameCost(calls=0, input_tokens=0, output_tokens=0, usd=Decimal(0)),
    )


def _build_row(page: GamePage, stored: StoredReport) -> GameRow:
    report, friction = stored.report, stored.report.gameplay_friction.items[0]
    return GameRow(
        appid=_APPID,
        name=page.game.name,
        type=page.game.type,
        state=page.game.state,
        release_date=page.game.release_date,
        is_free=page.game.is_free,
        genres=tuple(genre.name for genre in page.game.genres),
        tags=tuple(tag.name for tag in page.game.tags),
        is_tracked=page.is_tracked,
        reviews=report.sample.stored,
        reported_by_steam=_STEAM.total_reviews,
        completeness=report.sample.completeness,
        crawled_at=_MOMENT,
        report_id=stored.report_id,
        report_at=stored.created_at,
        confirmed_at=page.confirmed_at,
        data_time=report.sample.data_time,
        cost_usd=page.cost.usd,
        evidence_level=report.evidence_level,
        sentiment=report.sentiment,
        hidden_gem=report.hidden_gem,
        trend=report.trends[0],
        top_friction=TopItem(label=friction.label, mentions=friction.mentions),
        months=_MONTHS,
    )


def _build_signals(report: GameReport) -> tuple[SignalRow, ...]:
    return tuple(
        SignalRow(section="gameplay_friction", **item.model_dump(exclude={"evidence"}))
        for item in report.gameplay_friction.items
    )
