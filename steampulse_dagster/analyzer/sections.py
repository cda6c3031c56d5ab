"""Makes the report of an analyst's draft: every number counted, every quote proven again, nothing said twice. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median

from steampulse_dagster.analyzer.candidates import Candidate, CandidateBuilder
from steampulse_dagster.analyzer.duplicates import drop_duplicates
from steampulse_dagster.analyzer.evidence import EvidencePicker
from steampulse_dagster.analyzer.grounding import sum_languages, total_grounding
from steampulse_dagster.analyzer.quotes import one_line
from steampulse_dagster.errors import NoReviewsError
from steampulse_dagster.models.analysis import ChunkSummary, Provenance, Signal
from steampulse_dagster.models.reports import (
    SECTION_NAMES,
    DraftSection,
    EvidenceLevel,
    GameBrief,
    GameReport,
    Judgement,
    ReportDraft,
    ReportItem,
    ReportSample,
    ReportSection,
    SectionStatus,
)
from steampulse_dagster.models.reviews import Review
from steampulse_dagster.utils.stats import DIGITS, build_share

MAX_ITEMS = 8
"""Most items that a section shows; there is no least number."""
LOW_EVIDENCE_BELOW = 50
"""Read reviews below which a report is marked as low evidence: an even share is then 27 points wide and more."""
MAX_JUDGEMENT_CHARS = 1_500
MENTIONING = "reviews that mention it"
NEEDS_LANGUAGE_MODEL = "This takes judgement, and this analyst quotes and counts; it does not write."


def build_report(
    brief: GameBrief, draft: ReportDraft, reviews_by_id: Mapping[int, Review], *, provenance: Provenance
) -> GameReport:
    """The report on one game. `reviews_by_id` holds the reviews of `list_mentioned_ids`, as they are stored now.

    Raises NoReviewsError for a game without stored reviews.
    """
    sample = _build_sample(brief)
    builder = CandidateBuilder(brief.summaries, reviews_by_id)
    proposed = {name: builder.build(name, _section(draft, name).items) for name in SECTION_NAMES}
    kept = drop_duplicates([candidate for name in SECTION_NAMES for candidate in proposed[name]])
    picker = EvidencePicker()
    sections = {
        name: _build_section(
            _section(draft, name),
            proposed[name],
            [candidate for candidate in kept if candidate.section == name],
            picker=picker,
            sample=sample,
        )
        for name in SECTION_NAMES
    }
    notable = [voice for voice in map(builder.prove, draft.notable_quotes) if voice is not None]
    return GameReport(
        appid=brief.facts.appid,
        name=brief.game.name,
        sample=sample,
        evidence_level=EvidenceLevel.LOW if sample.read < LOW_EVIDENCE_BELOW else EvidenceLevel.NORMAL,
        provenance=provenance,
        sentiment=brief.scores.sentiment,
        hidden_gem=brief.scores.hidden_gem,
        trends=brief.scores.trends,
        facts=brief.facts,
        one_liner=_clean_judgement(draft.one_liner),
        audience_profile=_clean_judgement(draft.audience_profile),
        notable_quotes=picker.pick(notable, fresh_only=True),
        grounding=total_grounding(
            [*(summary.grounding for summary in brief.summaries), draft.left_out, builder.grounding()]
        ),
        **sections,
    )


def build_empty_draft() -> ReportDraft:
    """What there is to say about a game none of whose reviews could be read; no analyst has to be asked."""
    nothing = DraftSection(status=SectionStatus.NOT_ENOUGH_EVIDENCE)
    unsaid = Judgement(reason="No review could be read.")
    return ReportDraft(
        one_liner=unsaid,
        audience_profile=unsaid,
        design_strengths=nothing,
        gameplay_friction=nothing,
        player_wishlist=nothing,
        churn_triggers=nothing,
        dev_priorities=nothing,
        competitive_context=nothing,
    )


def list_mentioned_ids(summaries: Sequence[ChunkSummary]) -> tuple[int, ...]:
    """Ids of all reviews that a report on these summaries may speak of."""
    ids = {mention.recommendationid for summary in summaries for mention in summary.notable_quotes}
    for summary in summaries:
        for signal in Signal:
            ids.update(mention.recommendationid for item in summary.items(signal) for mention in item.mentions)
    return tuple(sorted(ids))


def _section(draft: ReportDraft, name: str) -> DraftSection:
    return getattr(draft, name)


def _build_section(
    draft: DraftSection,
    proposed: Sequence[Candidate],
    kept: Sequence[Candidate],
    *,
    picker: EvidencePicker,
    sample: ReportSample,
) -> ReportSection:
    if kept:
        return ReportSection(
            status=SectionStatus.OK,
            items=tuple(_build_item(candidate, picker=picker, sample=sample) for candidate in kept[:MAX_ITEMS]),
        )
    if draft.status is SectionStatus.NEEDS_LANGUAGE_MODEL:
        return ReportSection(status=draft.status, reason=draft.reason or NEEDS_LANGUAGE_MODEL)
    return ReportSection(
        status=SectionStatus.NOT_ENOUGH_EVIDENCE, reason=_explain_nothing(draft, proposed=len(proposed), sample=sample)
    )


def _explain_nothing(draft: DraftSection, *, proposed: int, sample: ReportSample) -> str:
    if proposed:
        return "Nothing that other sections do not say already."
    if draft.items:
        return "Not enough evidence: no proposed item has a quote that is in the reviews."
    if draft.reason:
        return one_line(draft.reason, most=MAX_JUDGEMENT_CHARS)
    return f"Not enough evidence: 0 of {sample.read:,} reviews that were read mention one."


def _build_item(candidate: Candidate, *, picker: EvidencePicker, sample: ReportSample) -> ReportItem:
    reviews = [voice.review for voice in candidate.voices]
    playtimes = [review.playtime_at_review for review in reviews if review.playtime_at_review is not None]
    created = [review.timestamp_created for review in reviews]
    return ReportItem(
        topic=candidate.topic,
        label=candidate.label,
        statement=candidate.statement,
        mentions=build_share(len(reviews), sample.read, _describe_population(sample)),
        positive_votes=build_share(sum(review.voted_up for review in reviews), len(reviews), MENTIONING),
        median_playtime_at_review=float(median(playtimes)) if playtimes else None,
        first_mentioned=min(created),
        last_mentioned=max(created),
        evidence=picker.pick(candidate.voices),
    )


def _build_sample(brief: GameBrief) -> ReportSample:
    facts = brief.facts
    if facts.last_created is None:
        raise NoReviewsError(f"{brief.game.name} ({facts.appid}) has no reviews yet: nothing to analyse.")
    stats = [summary.batch_stats for summary in brief.summaries]
    read = sum(one.read for one in stats)
    skipped = sum_languages(count for one in stats for count in one.skipped_languages)
    in_other_languages = sum(count.reviews for count in skipped)
    reported = brief.reported.total_reviews if brief.reported else 0
    return ReportSample(
        stored=facts.stored,
        read=read,
        skipped_blank=facts.stored - read - in_other_languages - brief.waiting - brief.left_out,
        skipped_language=in_other_languages,
        waiting=brief.waiting,
        left_out=brief.left_out,
        read_languages=sum_languages(count for one in stats for count in one.read_languages),
        skipped_languages=skipped,
        chunks=len(brief.summaries),
        reported=brief.reported,
        completeness=round(facts.stored / brief.sample_rate / reported, DIGITS) if reported > 0 else None,
        sample_rate=brief.sample_rate,
        analysed_share=round(brief.analysed_share, DIGITS),
        offtopic=brief.offtopic,
        data_time=facts.last_created,
    )


def _describe_population(sample: ReportSample) -> str:
    read = "reviews with text that the analyst read"
    return f"English {read}" if {count.language for count in sample.read_languages} == {"english"} else read


def _clean_judgement(judgement: Judgement) -> Judgement:
    text = one_line(judgement.text or "", most=MAX_JUDGEMENT_CHARS)
    if text:
        return Judgement(text=text)
    return Judgement(reason=judgement.reason or "The analyst gave none.")
