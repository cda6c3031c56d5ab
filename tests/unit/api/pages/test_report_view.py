"""What the page and the exported file of a report show."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from html.parser import HTMLParser

import pytest

from steampulse_dagster.api.pages.quotes import MOST_CHARACTERS, STEAM, check_url, cut_words, draw_evidence
from steampulse_dagster.api.pages.rendering import build_asset_url, render
from steampulse_dagster.api.pages.report_html import render_report_html
from steampulse_dagster.api.pages.report_view import build_report_view
from steampulse_dagster.models.reading import GameCost, GamePage, PlaytimeBucket
from steampulse_dagster.models.reports import GameReport, StoredReport
from steampulse_dagster.utils.stats import build_share
from tests.analysis_fakes import APPID, START, build_game
from tests.built_reports import build_evidence, build_item, build_test_report

pytestmark = pytest.mark.unit


def build_stored(report: GameReport) -> StoredReport:
    return StoredReport(report_id=7, appid=APPID, report_key="a" * 64, created_at=START, report=report)


def build_page(report: GameReport | None = None, **changes: object) -> GamePage:
    fields: dict[str, object] = {
        "game": build_game(),
        "is_tracked": True,
        "tracked_reason": "manual",
        "crawl": None,
        "report": None if report is None else build_stored(report),
        "confirmed_at": None,
        "older_report_id": None,
        "playtimes": (PlaytimeBucket(from_hours=0, to_hours=None, positive=3, negative=1),),
        "cost": GameCost(calls=0, input_tokens=0, output_tokens=0, usd=0),
    }
    return GamePage.model_validate({**fields, **changes})


def show(report: GameReport) -> str:
    page = build_page(report)
    view = build_report_view(build_stored(report), page)
    return render("game.html", path=f"/games/{APPID}", game=page, view=view, standing=None, open_quotes=False)


def read_text(html: str) -> str:
    parts: list[str] = []
    reader = HTMLParser()
    reader.handle_data = parts.append  # type: ignore[method-assign]
    reader.feed(html)
    return " ".join(" ".join(parts).split())


def test_every_share_stands_with_its_count_its_population_and_its_interval() -> None:
    text = read_text(show(build_test_report(build_item("It crashes."))))
    assert "3.5 % 95 % interval 2.0–6.1 %" in text
    assert "12 of 340 reviews say so" in text
    assert "320 of 400 stored reviews recommend it; 95 % interval" in text
    assert "5 of these 12 recommend the game" in text


def test_a_section_without_items_says_why() -> None:
    text = read_text(show(build_test_report()))
    assert "Not enough evidence 0 of 340 mention one." in text
    assert "Needs a language model takes judgement" in text
    assert "No profile in words" not in text
    assert "For people who *like* lanterns." in text


def test_the_page_says_what_it_rests_on() -> None:
    text = read_text(show(build_test_report()))
    for words in (
        "Read by the analyst 340 85.0 %",
        "80.0 % of them are stored",
        "18 of 20 quotes (90.0 %) were found word for word",
        "extractive: it quotes and counts",
        "$0: no model was called",
        "key aaaaaaaaaaaaaaaa…",
    ):
        assert words in text


def test_both_halves_of_the_glance_share_one_axis() -> None:
    items = [build_item("a", mentions=build_share(100, 340, "read")), build_item("b")]
    report = build_test_report(*items)
    strengths = report.gameplay_friction.model_copy(update={"items": items[1:]})
    view = build_report_view(build_stored(report.model_copy(update={"design_strengths": strengths})), build_page())
    assert view.glance_scale == 0.4
    works, hurts = view.glance
    assert works.lines[0].bar.replace("good", "") == hurts.lines[1].bar.replace("bad", "")


def test_a_quote_links_to_steam_over_https_and_nowhere_else() -> None:
    assert check_url("https://steamcommunity.com/app/1/reviews/") is not None
    for wrong in (
        "http://steamcommunity.com/",
        "javascript:alert(1)",
        "https://steamcommunity.com.evil.example/",
        "https://steamcommunity.com@evil.example/",
        "https://[",
        "",
    ):
        assert check_url(wrong) is None
        drawn = draw_evidence(build_evidence("It crashes.").model_copy(update={"url": wrong}))
        assert "<a" not in drawn
        assert "review 17" in drawn


def test_nothing_of_an_item_gets_out_of_its_place() -> None:
    attack = """</bdi></a></figure><script>"'&"""
    evidence = build_evidence(attack).model_copy(update={"language": attack, "url": f"{STEAM[0]}{attack}"})
    item = build_item("It crashes.", topic=attack, label=attack, statement=attack, evidence=(evidence,))
    html = show(build_test_report(item))
    assert "<script>" not in html
    assert read_text(html).count(read_text(str(escape(attack)))) == 6, "statement, words, language, label thrice"
    assert "topic=%3C/bdi%3E%3C/a%3E%3C/figure%3E%3Cscript%3E%22%27%26" in html
    assert f'href="{STEAM[0]}{escape(attack)}"' in html


def test_a_long_quote_is_cut_and_the_cut_is_marked() -> None:
    words, is_cut = cut_words("[b]" + "long " * 500)
    assert is_cut
    assert len(words) <= MOST_CHARACTERS
    assert "long […]" in show(build_test_report(build_item("long " * 500)))


def test_the_exported_file_has_one_style_sheet_that_its_policy_names_and_loads_nothing() -> None:
    report = build_test_report(build_item("</style><script>alert(1)</script>"))
    html = render_report_html(build_stored(report), build_page(report))
    style = html.split("<style>")[1].split("</style>")[0]
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in html.replace("&#39;", "'")
    assert "<script" not in html
    assert "url(" not in html
    assert 'src="' not in html
    assert "<details" in html
    assert '<details class="quotes" data-quotes>' not in html, "a file has its quotes open"


def test_an_asset_has_the_digest_of_its_content_in_its_address() -> None:
    assert build_asset_url("base.css").startswith("/static/base.css?v=")
    assert build_asset_url("base.css") != build_asset_url("print.css")
