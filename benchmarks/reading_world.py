"""A database as large as a studio's: games with reports, reviews, model calls. Made in SQL inside the server."""

import json
import random
from datetime import UTC, datetime

from psycopg2.extensions import connection as Connection

from benchmarks.sized_reviews import drop_indexes, fill_reviews
from steampulse_dagster.models.analysis import Grounding, Provenance
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
)
from steampulse_dagster.models.reviews import LanguageCount, MonthCount, ReviewFacts, WindowCount
from steampulse_dagster.utils.db import Database, execute
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)
from steampulse_dagster.utils.stats import build_share

TEMPLATES = 50
GENRES = ("Action", "Adventure", "Casual", "Indie", "Racing", "RPG", "Simulation", "Sports", "Strategy", "Early Access")
TAGS = 400
ITEMS, QUOTES = 8, 5
_MOMENT = datetime(2026, 11, 1, tzinfo=UTC)
_WORDS = "amber anvil ash brass cinder crown dusk ember field forge frost gale glass harbour iron keep lantern marsh"

_GAMES = """
    insert into games (
        appid, name, slug, type, state, is_free, is_early_access, required_age, short_description, about, developers,
        publishers, supported_languages, platforms, release_date_raw, release_date, dlc_appids
    )
    select appid, initcap(
            (%(words)s::text[])[1 + appid %% %(count)s] || ' ' || (%(words)s::text[])[1 + appid / 7 %% %(count)s]
        ) || ' ' || appid,
        'game-' || appid, 'game', 'available', appid %% 9 = 0, appid %% 11 = 0, 0, 'A game about something.',
        repeat('It is about something. ', 40), array['Studio ' || appid %% 900], array['Publisher ' || appid %% 300],
        array['English', 'German', 'French'], array['windows'], '1 Jan, 2020',
        date '2015-01-01' + (appid %% 4000)::integer, '{}'
    from crawl_state
"""
_GENRES = """
    insert into game_genres (appid, genre_id, name)
    select appid, n::text, (%(genres)s::text[])[n] from games cross join lateral (
        select distinct 1 + hashint8extended(appid * 10 + k, 3) %% 10 * sign(hashint8extended(appid * 10 + k, 3)) as n
        from generate_series(1, 3) k
    ) genre where n between 1 and 10
"""
# A few tags that every tenth game has, and a long tail.
_TAGS = """
    insert into game_tags (appid, tagid, name, weight)
    select distinct on (appid, tagid) appid, tagid, 'Tag ' || tagid, 1000 - 40 * k from (
        select appid, k,
            1 + floor(%(tags)s * power((hashint8extended(appid * 100 + k, 5) & 65535) / 65536.0, 3)) as tagid
        from games cross join generate_series(1, 15) k
    ) tag
"""
_REPORTS = """
    insert into reports (appid, report_key, analyst_key, report)
    select g.appid, md5(g.appid::text), 'local:bench:1', jsonb_set(jsonb_set(t.report, '{name}', to_jsonb(g.name)),
        '{appid}', to_jsonb(g.appid))
    from games g join templates t on t.n = g.appid %% %(templates)s
"""
_CALLS = """
    insert into llm_calls (request_key, appid, purpose, model, prompt_version, delivery, status, attempts,
        estimated_tokens, reserved_usd, price, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
        cost_usd, stop, reply)
    select md5(appid || '/' || k), appid, 'extract', 'm', '1', 'real_time', 'answered', 1, 9000, 0.02, '{}', 9000, 900,
        0, 0, 0.0135, 'end', '{}'
    from games cross join generate_series(1, 8) k
"""


def fill_reading_world(database: Database, *, reviews: int, reviews_a_game: int) -> None:
    """Fill a migrated, empty database. Indexes of `reviews` are made at the end: that is how a dump is restored too."""
    with database.transaction() as conn:
        execute(conn, "truncate reviews")
        again = drop_indexes(conn)
        fill_reviews(conn, reviews, rows_a_game=reviews_a_game)
        execute(conn, "set local maintenance_work_mem = '1GB'")
        for statement in again:
            execute(conn, statement)
    with database.transaction() as conn:
        words = _WORDS.split()
        execute(conn, _GAMES, {"words": words, "count": len(words)})
        execute(conn, _GENRES, {"genres": list(GENRES)})
        execute(conn, _TAGS, {"tags": TAGS})
        _insert_reports(conn)
        execute(conn, _CALLS)
    with database.connection() as conn:
        execute(conn, "vacuum analyze")


def _insert_reports(conn: Connection) -> None:
    execute(conn, "create temporary table templates (n integer primary key, report jsonb) on commit drop")
    for number in range(TEMPLATES):
        report = build_report(random.Random(number)).model_dump_json()
        execute(conn, "insert into templates values (%(n)s, %(report)s::jsonb)", {"n": number, "report": report})
    execute(conn, _REPORTS, {"templates": TEMPLATES})
    execute(conn, "insert into report_heads (appid, report_id) select appid, report_id from reports")


def build_report(rng: random.Random) -> GameReport:
    """A report of usual size (about 90 kB): 48 items of five quotes, ten years of months."""
    months = tuple(
        MonthCount(month=f"{year}-{month:02}", reviews=(n := rng.randrange(1, 60)), positive=rng.randrange(n))
        for year in range(2017, 2027)
        for month in range(1, 11)
    )
    stored, positive = sum(one.reviews for one in months), sum(one.positive for one in months)
    windows = tuple(
        WindowCount(days=days, reviews=50, positive=rng.randrange(50), reviews_before=60, positive_before=30)
        for days in (7, 30, 90)
    )
    stored_all, read = "stored reviews in all languages", stored // 2
    sections = {name: ReportSection(status=SectionStatus.OK, items=_build_items(rng, read)) for name in SECTION_NAMES}
    return GameReport(
        appid=1,
        name="Game",
        sample=ReportSample(
            stored=stored,
            read=read,
            skipped_blank=0,
            skipped_language=stored - read,
            read_languages=(LanguageCount(language="english", reviews=read, positive=positive // 2),),
            chunks=stored // 50,
            reported=None,
            completeness=None,
            data_time=_MOMENT,
        ),
        evidence_level=EvidenceLevel.NORMAL,
        provenance=Provenance(engine="local", model="bench", version="1", generative=False),
        sentiment=compute_sentiment_score(positive=positive, total=stored, population=stored_all),
        hidden_gem=compute_hidden_gem_score(positive=positive, total=stored, population=stored_all),
        trends=compute_sentiment_trends(windows),
        facts=ReviewFacts(
            appid=1,
            stored=stored,
            positive=positive,
            blank=3,
            first_created=_MOMENT,
            last_created=_MOMENT,
            median_playtime_at_review_positive=900.0,
            median_playtime_at_review_negative=120.0,
            languages=tuple(LanguageCount(language=f"language{n}", reviews=9, positive=5) for n in range(20)),
            months=months,
            windows=windows,
        ),
        one_liner=Judgement(reason="needs a language model"),
        audience_profile=Judgement(reason="needs a language model"),
        **sections,
        notable_quotes=tuple(_build_evidence(rng) for _ in range(5)),
        grounding=Grounding(quotes=240, proven=240),
    )


def _build_items(rng: random.Random, read: int) -> tuple[ReportItem, ...]:
    counts = sorted((rng.randrange(5, 400) for _ in range(ITEMS)), reverse=True)
    return tuple(
        ReportItem(
            topic=f"topic_{number}",
            label=f"Topic number {number}",
            statement=None,
            mentions=build_share(min(count, read), read, "English reviews with text that the analyst read"),
            positive_votes=build_share(min(count, read) // 2, min(count, read), "reviews that mention it"),
            median_playtime_at_review=300.0,
            first_mentioned=_MOMENT,
            last_mentioned=_MOMENT,
            evidence=tuple(_build_evidence(rng) for _ in range(QUOTES)),
        )
        for number, count in enumerate(counts)
    )


def _build_evidence(rng: random.Random) -> Evidence:
    words = rng.choices(_WORDS.split(), k=rng.randrange(4, 40))
    return Evidence(
        recommendationid=rng.randrange(10**8, 10**9),
        quote=json.dumps(" ".join(words)),
        voted_up=rng.random() < 0.5,
        playtime_at_review=rng.randrange(10_000),
        language="english",
        timestamp_created=_MOMENT,
        votes_up=rng.randrange(30),
        url="https://steamcommunity.com/app/1/reviews/?browsefilter=mostrecent&filterLanguage=english",
    )
