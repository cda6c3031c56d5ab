"""A report is examined apart from the code that made it, and one that is wrong is not published."""

from pathlib import Path

import pytest

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.reports import GameReport
from steampulse_dagster.repositories.report_proofs import ReportProofRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.services import reports as reports_module
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.report_proofs import examine, list_mentioned
from steampulse_dagster.services.reports import ReportReader, ReportService
from steampulse_dagster.utils.db import fetch_all
from tests.analysis_fakes import (
    APPID,
    KeywordAnalyst,
    build_game,
    build_review,
    build_reviews,
    edit_review,
    store_game,
    store_reviews,
)

pytestmark = pytest.mark.integration

REVIEWS = build_reviews(0, 60)
TEXTS = {review.recommendationid: [review.review] for review in REVIEWS}


async def write(db, folder: Path) -> GameReport:
    await AnalysisService(db, KeywordAnalyst()).summarize_chunks(APPID)
    return (await ReportService(db, KeywordAnalyst(), FolderStore(folder)).write_report(APPID)).report


@pytest.fixture
async def report(db, tmp_path):
    store_game(db, build_game())
    store_reviews(db, REVIEWS)
    return await write(db, tmp_path)


def change(share, **changes):
    return share.model_copy(update=changes)


def tamper(report, **changes):
    """The report with its first item of praise changed."""
    section = report.design_strengths
    item = section.items[0].model_copy(update=changes)
    return report.model_copy(
        update={"design_strengths": section.model_copy(update={"items": (item, *section.items[1:])})}
    )


def forge(report):
    """The report with a quote that nobody wrote."""
    evidence = report.design_strengths.items[0].evidence
    return tamper(report, evidence=(evidence[0].model_copy(update={"quote": "It pays my rent"}), *evidence[1:]))


def read_proofs(db):
    with db.connection() as conn:
        return fetch_all(conn, "select quotes, ungrounded, repeated, miscounted from report_proofs")


async def test_a_report_is_proven_as_it_is_published(db, report):
    (proof,) = read_proofs(db)

    assert proof["quotes"] > 3
    assert (proof["ungrounded"], proof["repeated"], proof["miscounted"]) == (0, 0, 0)


async def test_a_report_with_a_forged_quote_is_refused_and_the_one_before_stays(db, report, tmp_path, monkeypatch):
    before = ReportReader(db).require_current_report(APPID)
    store_reviews(db, [build_review(100, text="I love the combat of it. Again.")])
    made = reports_module.build_report
    monkeypatch.setattr(reports_module, "build_report", lambda *given, **named: forge(made(*given, **named)))

    with pytest.raises(AnalystError, match="was not published, the one before stays: a quote is not in review"):
        await write(db, tmp_path)

    assert ReportReader(db).require_current_report(APPID) == before
    assert len(read_proofs(db)) == 1


async def test_a_right_report_has_nothing_against_it(db, report):
    with db.connection() as conn:
        summaries = SummaryRepository(conn).list_current(APPID, analyst_key=report.provenance.key)

    assert examine(report, TEXTS, mentioned=list_mentioned(summaries)).offenders == ()


async def test_a_forged_quote_is_found_without_telling_its_words(report):
    evidence = report.design_strengths.items[0].evidence

    proof = examine(forge(report), TEXTS)

    assert proof.ungrounded == (f"a quote is not in review {evidence[0].recommendationid}",)


async def test_a_quote_of_an_earlier_text_of_an_edited_review_holds(report):
    edited = {number: ["Changed my mind.", *said] for number, said in TEXTS.items()}

    assert examine(report, edited).ungrounded == ()


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (
            lambda item: {"mentions": item.mentions.model_copy(update={"count": item.mentions.count - 1})},
            "positive for",
        ),
        (lambda item: {"mentions": item.mentions.model_copy(update={"of": 7})}, "a share of 7 reviews"),
        (lambda item: {"mentions": item.mentions.model_copy(update={"share": 0.99})}, "not its count over"),
        (lambda item: {"evidence": item.evidence * 2}, "quotes of"),
        (lambda item: {"evidence": ()}, "0 quotes of 0 reviews"),
    ],
)
async def test_a_number_that_is_not_what_it_counts_is_found(report, spoil, problem):
    proof = examine(tamper(report, **spoil(report.design_strengths.items[0])), TEXTS)

    assert any(problem in told for told in proof.miscounted), proof.miscounted


async def test_the_same_statement_in_two_sections_is_found(report):
    praise = report.design_strengths.items[0]
    again = report.player_wishlist.model_copy(
        update={"items": (praise.model_copy(update={"statement": "Superb combat."}),)}
    )

    proof = examine(
        tamper(report, statement="The combat is superb.").model_copy(update={"player_wishlist": again}), TEXTS
    )

    (told,) = proof.repeated
    assert told.startswith("player_wishlist/")


async def test_evidence_that_no_summary_mentions_is_found(report):
    nobody = dict.fromkeys(list_mentioned(()), frozenset())

    assert any("no summary mentions" in told for told in examine(report, TEXTS, mentioned=nobody).miscounted)


async def test_parts_of_the_sample_that_do_not_add_up_are_found(report):
    sample = report.sample.model_copy(update={"read": report.sample.read + 1})

    proof = examine(report.model_copy(update={"sample": sample}), TEXTS)

    assert any("the parts of the sample" in told for told in proof.miscounted)


async def test_texts_to_prove_by_include_what_an_edited_review_said_before(db, report):
    first = REVIEWS[0]
    store_reviews(db, [edit_review(first, "Something else.")])

    with db.connection() as conn:
        texts = ReportProofRepository(conn).list_texts(APPID, [first.recommendationid])

    assert sorted(texts[first.recommendationid]) == sorted([first.review, "Something else."])
