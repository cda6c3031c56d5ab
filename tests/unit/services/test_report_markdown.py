"""The Markdown report: says what the report says, and nothing that a review smuggles in."""

import re

import pytest

from steampulse_dagster.models.analysis import Provenance
from steampulse_dagster.models.reports import (
    EvidenceLevel,
)
from steampulse_dagster.services.report_markdown import render_markdown
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
)
from tests.built_reports import build_evidence, build_item, build_test_report

pytestmark = pytest.mark.unit

HOSTILE = "Great </p><img src=x onerror=alert(1)> ![x](http://evil.example/x.png)\n\n# Owned\n[a](javascript:alert(1))"


def test_the_headline_gives_each_number_its_sample_and_interval() -> None:
    shown = render_markdown(build_test_report())
    assert "**Sentiment: Very Positive**, 320 of 400 stored reviews (80.0 %, 95 % CI 75.8–83.6) positive" in shown
    assert "**Hidden gem: 0.23** of 1 (good and little known), from the 500 reviews that Steam counts" in shown
    assert "**Last 7 days: too few reviews to say** (5 of 5 positive, before that 3 of 9)" in shown
    assert "**Last 30 days: declining**, 30.0 % positive of 100 after 90.0 % of 100 (-60.0 points, 95 % CI" in shown


def test_months_without_reviews_keep_their_place_in_the_charts() -> None:
    shown = render_markdown(build_test_report())
    assert "Reviews a month, 2025-11 to 2026-02 (most: 300)  \n`▃··█`" in shown
    assert "`▅··▇`" in shown


def test_an_item_shows_its_weight_and_its_evidence() -> None:
    shown = render_markdown(build_test_report(build_item("It crashes daily.")))
    assert "### 1. Crashes" in shown
    assert "12 of 340 reviews read (3.5 %, 95 % CI 2.0–6.1) mention it; 5 of these 12 recommend the game" in shown
    assert "median playtime 2.5 h" in shown
    assert (
        "> It crashes daily.\n>\n> — not recommended, 1.5 h played, 2026-01-01, english, review 17 "
        "([on Steam](https://steamcommunity.com/app/4200/reviews/))"
    ) in shown


def test_empty_sections_and_missing_judgements_say_why() -> None:
    shown = render_markdown(build_test_report())
    assert "## What hurts\n\n*0 of 340 mention one.*" in shown
    assert "## What to fix first\n\n*takes judgement*" in shown
    assert "*Not given: no language model*" in shown
    assert "For people who \\*like\\* lanterns." in shown


def test_sample_and_method_say_what_was_read_by_whom() -> None:
    shown = render_markdown(build_test_report())
    assert "400 reviews stored, the newest of 2026-01-01; Steam counts 500, 80.0 % of them stored." in shown
    assert "340 of them read by the analyst in 8 chunks (english 340)." in shown
    assert "Not read: 50 with words that it did not read (german 50); 10 without words." in shown
    assert "extractive, no language model" in shown
    assert "Quotes: 18 of 20 were found in the review they name; 2 were not and are not shown." in shown
    assert "Degraded" not in shown


def test_a_degraded_analyst_and_low_evidence_are_told() -> None:
    provenance = Provenance(engine="local", model="rules", version="1", generative=False, degraded="the model is gone")
    shown = render_markdown(build_test_report(provenance=provenance, evidence_level=EvidenceLevel.LOW))
    assert "**Degraded:** the model is gone" in shown
    assert "> **Low evidence.** 340 reviews could be read" in shown


def test_too_few_reviews_are_told_instead_of_a_score() -> None:
    few = compute_sentiment_score(positive=2, total=3, population="stored reviews")
    gem = compute_hidden_gem_score(positive=2, total=3, population="stored reviews")
    shown = render_markdown(build_test_report(sentiment=few, hidden_gem=gem))
    assert "**Sentiment: not enough reviews** (3 reviews, at least 10 are needed; 2 of 3 stored reviews" in shown
    assert "**Hidden gem: not enough reviews** (3 reviews, at least 10 are needed)" in shown


def test_nothing_in_a_quote_a_label_or_a_name_becomes_markup() -> None:
    item = build_item(HOSTILE, label=HOSTILE, statement=HOSTILE)
    report = build_test_report(item, name=HOSTILE, notable_quotes=(build_evidence(HOSTILE),))
    shown = render_markdown(report)
    assert "<img" not in shown
    assert "</p>" not in shown
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", shown)
    assert set(links) == {"https://steamcommunity.com/app/4200/reviews/"}
    assert "http://evil" not in shown
    headings = [line for line in shown.split("\n") if line.lstrip("> ").startswith("#")]
    assert not any(line.lstrip("> ").startswith("# Owned") for line in headings)


def test_bbcode_is_not_shown() -> None:
    shown = render_markdown(build_test_report(build_item("[b]Bold[/b] words [3/5]")))
    assert "> Bold words \\[3/5\\]" in shown


def test_the_same_report_gives_the_same_text() -> None:
    assert render_markdown(build_test_report(build_item("x y"))) == render_markdown(
        build_test_report(build_item("x y"))
    )
