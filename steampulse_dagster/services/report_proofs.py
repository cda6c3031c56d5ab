"""Examines a report against what is stored, apart from the code that made it: quotes, repetitions, numbers.

`require_proven` keeps a report that is wrong from being published: it is asked within the transaction that stores it.
Reads `reviews`, `review_revisions`; writes `report_proofs`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from steampulse_dagster.analyzer.candidates import SECTION_SIGNALS
from steampulse_dagster.analyzer.duplicates import says_the_same
from steampulse_dagster.analyzer.quotes import prove_quote
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import ChunkSummary
from steampulse_dagster.models.data_checks import ReportProof
from steampulse_dagster.models.reports import SECTION_NAMES, Evidence, GameReport, ReportItem, StoredReport
from steampulse_dagster.models.scores import Share
from steampulse_dagster.repositories.report_proofs import ReportProofRepository
from steampulse_dagster.utils.db import Connection
from steampulse_dagster.utils.stats import build_share

Mentioned = Mapping[str, Collection[int]]
"""By section, the reviews that the stored summaries let it speak of."""


def require_proven(conn: Connection, stored: StoredReport, summaries: Sequence[ChunkSummary]) -> None:
    """Examine a report that was just stored and note the proof. Raises AnalystError, so that it is not published."""
    proof = examine(stored.report, _list_texts(conn, stored), mentioned=list_mentioned(summaries))
    if proof.offenders:
        raise AnalystError(
            f"The report on {stored.report.name} ({stored.appid}) was not published, the one before stays: "
            f"{'; '.join(proof.offenders[:3])}.",
            appid=stored.appid,
        )
    ReportProofRepository(conn).insert(stored.report_id, proof)


def prove_stored(conn: Connection, stored: StoredReport) -> ReportProof:
    """Examine a report that was published before proofs were kept, and note what was found."""
    proof = examine(stored.report, _list_texts(conn, stored))
    ReportProofRepository(conn).insert(stored.report_id, proof)
    return proof


def list_mentioned(summaries: Sequence[ChunkSummary]) -> dict[str, set[int]]:
    """The reviews that each section may speak of."""
    return {
        section: {
            mention.recommendationid
            for summary in summaries
            for signal in signals
            for item in summary.items(signal)
            for mention in item.mentions
        }
        for section, signals in SECTION_SIGNALS.items()
    }


def examine(
    report: GameReport, texts: Mapping[int, Sequence[str]], *, mentioned: Mentioned | None = None
) -> ReportProof:
    """Everything about a report that can be shown to be wrong. `texts`: what each review says and said before."""
    voices = [*(voice for _, item in _list_items(report) for voice in item.evidence), *report.notable_quotes]
    return ReportProof(
        quotes=len(voices),
        ungrounded=tuple(_find_ungrounded(voices, texts)),
        repeated=tuple(_find_repeated(report)),
        miscounted=(*_check_sample(report), *_check_items(report, mentioned)),
    )


def _list_items(report: GameReport) -> Iterator[tuple[str, ReportItem]]:
    for section in SECTION_NAMES:
        for item in getattr(report, section).items:
            yield section, item


def _find_ungrounded(voices: Iterable[Evidence], texts: Mapping[int, Sequence[str]]) -> Iterator[str]:
    for voice in voices:
        if not any(prove_quote(voice.quote, text) for text in texts.get(voice.recommendationid, ())):
            yield f"a quote is not in review {voice.recommendationid}"


def _find_repeated(report: GameReport) -> Iterator[str]:
    told = [(section, item.topic, item.statement) for section, item in _list_items(report) if item.statement]
    for (one_section, one_topic, one), (other_section, other_topic, other) in combinations(told, 2):
        if says_the_same(str(other), str(one)):  # the later against the earlier, as it was when the report was made
            yield f"{other_section}/{other_topic} says what {one_section}/{one_topic} says"


def _check_sample(report: GameReport) -> Iterator[str]:
    sample, facts = report.sample, report.facts
    parts = sample.read + sample.skipped_blank + sample.skipped_language + sample.waiting + sample.left_out
    if not parts == sample.stored == facts.stored:
        yield f"the parts of the sample are {parts} reviews, stored are {sample.stored} and {facts.stored}"
    for name in ("languages", "months"):
        reviews = sum(count.reviews for count in getattr(facts, name))
        if reviews != facts.stored:
            yield f"{name} add up to {reviews} of {facts.stored} reviews"


def _check_items(report: GameReport, mentioned: Mentioned | None) -> Iterator[str]:
    for section, item in _list_items(report):
        for problem in _check_item(item, read=report.sample.read):
            yield f"{section}/{item.topic}: {problem}"
        if mentioned is not None:
            known = mentioned[section]
            if item.mentions.count > len(known) or any(one.recommendationid not in known for one in item.evidence):
                yield f"{section}/{item.topic}: counts reviews that no summary mentions"


def _check_item(item: ReportItem, *, read: int) -> Iterator[str]:
    mentions, positive = item.mentions, item.positive_votes
    ids = {voice.recommendationid for voice in item.evidence}
    liked = sum(voice.voted_up for voice in item.evidence)
    if mentions.of != read:
        yield f"a share of {mentions.of} reviews where {read} were read"
    if len(ids) != len(item.evidence) or not 0 < len(ids) <= mentions.count:
        yield f"{len(item.evidence)} quotes of {len(ids)} reviews for {mentions.count} that mention it"
    if positive.of != mentions.count or liked > positive.count or len(ids) - liked > positive.of - positive.count:
        yield f"{positive.count} of {positive.of} positive for {mentions.count} that mention it"
    if not all(_adds_up(share) for share in (mentions, positive)):
        yield "a share that is not its count over its population"


def _adds_up(share: Share) -> bool:
    return 0 <= share.count <= share.of and build_share(share.count, share.of, share.population) == share


def _list_texts(conn: Connection, stored: StoredReport) -> Mapping[int, Sequence[str]]:
    report = stored.report
    ids = {voice.recommendationid for _, item in _list_items(report) for voice in item.evidence}
    ids |= {voice.recommendationid for voice in report.notable_quotes}
    return ReportProofRepository(conn).list_texts(stored.appid, sorted(ids))
