"""The signals of a game's current report and every review behind them.

Reads `reports`, `chunks`, `chunk_summaries`, `summary_nodes`, `reviews`. Blocks: call it from a thread.
"""

from collections.abc import Iterator, Sequence

from steampulse_dagster.analyzer import tree
from steampulse_dagster.analyzer.candidates import SECTION_SIGNALS
from steampulse_dagster.analyzer.topic_names import rename_topics
from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.analysis import ChunkSummary, Mention, Signal, SummaryNode
from steampulse_dagster.models.reading import Page, ReviewHit, SignalEvidence, SignalRow
from steampulse_dagster.models.reports import SECTION_NAMES, SectionName, StoredReport
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.repositories.review_search import ReviewSearchRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.repositories.summary_nodes import SummaryNodeRepository
from steampulse_dagster.services.reading_games import build_page, require_game, require_limit
from steampulse_dagster.utils.cursors import Value, decode_cursor
from steampulse_dagster.utils.db import Connection, Database


class SignalReader:
    """Answers what is said about a game, by how many, and by whom."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_signals(self, appid: int, *, section: SectionName | None = None) -> tuple[SignalRow, ...]:
        """The items of the current report, of all sections or one, without quotes. Raises NotFoundError."""
        sections = SECTION_NAMES if section is None else (section,)
        with self._db.snapshot() as conn:
            stored = _require_report(conn, appid)
        return tuple(
            SignalRow(section=name, **item.model_dump(exclude={"evidence"}))
            for name in sections
            for item in getattr(stored.report, name).items
        )

    def list_evidence(
        self, appid: int, *, section: SectionName, topic: str | None = None, limit: int = 50, cursor: str | None = None
    ) -> Page[SignalEvidence]:
        """Every mention that a section of the current report may rest on, of all its topics or one; by topic, then by
        review. Raises NotFoundError."""
        of = f"evidence {appid} {section} {topic}"
        after = None if cursor is None else decode_cursor(of, cursor, [str, str, int])
        with self._db.snapshot() as conn:
            stored = _require_report(conn, appid)
            rows = list_section_evidence(
                conn, stored, section, topic=topic, limit=require_limit(limit) + 1, after=after
            )
        return build_page(of, rows, limit=limit, position=_get_place)


def list_section_evidence(
    conn: Connection,
    stored: StoredReport,
    section: str,
    *,
    topic: str | None = None,
    limit: int | None = None,
    after: tuple[Value, ...] | None = None,
) -> list[SignalEvidence]:
    """What `SignalReader.list_evidence` tells, of a report that was read already; all of it without a limit."""
    appid = stored.appid
    summaries = _read_summaries(conn, appid, analyst_key=stored.report.provenance.key)
    found = {
        (name, signal.value, mention.recommendationid): mention
        for signal, name, mention in _list_mentions(summaries, SECTION_SIGNALS[section])
        if topic in (None, name)
    }
    wanted = [place for place in sorted(found) if after is None or place > after][:limit]
    ids = sorted({review_id for _, _, review_id in wanted})
    reviews = {hit.recommendationid: hit for hit in ReviewSearchRepository(conn).list_by_ids(appid, ids)}
    return [
        _build_evidence(Signal(signal), name, found[name, signal, review_id], reviews[review_id])
        for name, signal, review_id in wanted
        if review_id in reviews
    ]


def _get_place(row: SignalEvidence) -> tuple[str, str, int]:
    return row.topic, row.signal.value, row.recommendationid


def _require_report(conn: Connection, appid: int) -> StoredReport:
    require_game(conn, appid)
    stored = ReportRepository(conn).get_current(appid)
    if stored is None:
        raise NotFoundError(f"There is no report on {appid} yet: `steampulse run {appid}` makes it.", appid=appid)
    return stored


def _read_summaries(conn: Connection, appid: int, *, analyst_key: str) -> Sequence[ChunkSummary]:
    """The game's chunk summaries with the topics' common names, as the report was made from them."""
    chunks = ChunkRepository(conn).list_by_game(appid)
    summaries = SummaryRepository(conn).list_current(appid, analyst_key=analyst_key)
    nodes: list[SummaryNode] = []
    children, level = tree.plan_leaves(chunks, summaries), 1
    while plans := tree.plan_level(level, children, analyst_key=analyst_key):
        keys = [plan.node_key for plan in plans]
        stored = SummaryNodeRepository(conn).list_by_keys(appid, analyst_key=analyst_key, node_keys=keys)
        known = {node.node_key: node for node in stored}
        if len(known) < len(plans):
            # The tree has grown since the report: what stands above is made with the next one.
            break
        made = [known[key] for key in keys]
        nodes += made
        children, level = [(node.node_key, node.topics) for node in made], level + 1
    return rename_topics(summaries, nodes)


def _list_mentions(
    summaries: Sequence[ChunkSummary], signals: Sequence[Signal]
) -> Iterator[tuple[Signal, str, Mention]]:
    """Each review of a topic once, by its last mention, as the report counts it."""
    found: dict[tuple[Signal, str, int], Mention] = {}
    for summary in summaries:
        for signal in signals:
            for item in summary.items(signal):
                found.update({(signal, item.topic, one.recommendationid): one for one in item.mentions})
    for (signal, topic, _), mention in found.items():
        yield signal, topic, mention


def _build_evidence(signal: Signal, topic: str, mention: Mention, review: ReviewHit) -> SignalEvidence:
    return SignalEvidence(
        signal=signal,
        topic=topic,
        quote=mention.quote,
        **review.model_dump(
            include={"recommendationid", "voted_up", "hours_at_review", "language", "created_at", "votes_up", "url"}
        ),
    )
