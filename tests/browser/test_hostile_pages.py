"""Attacks in names, tags, labels, languages and reviews: on no page does one run, load anything or break the layout."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import Site, list_issues, visiting
from tests.hostile.reviews import HOSTILE
from tests.page_world import ATTACKS, HOSTILE_GAME, MOTH, STEAM_ID

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

PAGES = [
    "/",
    f"/games/{HOSTILE_GAME}?quotes=open",
    f"/games/{HOSTILE_GAME}/history",
    f"/compare?appid={HOSTILE_GAME}&appid={MOTH}",
    f"/libraries/{STEAM_ID}",
    "/?q=%3Cscript%3Ewindow.hacked%3D9%3C/script%3E&genre=%22%3E%3Cimg%20src=x%20onerror=window.hacked=9%3E",
]
WIDTHS = (390, 1280)


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_runs_and_nothing_breaks_the_layout(browser: Browser, site: Site, path: str) -> None:
    async with visiting(browser, site) as visit:
        assert await visit.open(path) == 200
        assert await list_issues(visit.page) == []
        for width in WIDTHS:
            await visit.page.set_viewport_size({"width": width, "height": 900})
            await visit.require_calm()
        assert await visit.page.locator("main").is_visible()
        assert await visit.page.locator("main img, main iframe, main script, main style, main [style]").count() == 0
        assert "49" not in await visit.page.title(), "a template of the attack was evaluated"
        links = await visit.page.evaluate("[...document.querySelectorAll('main a')].map((link) => link.href)")
        allowed = (site.url, "https://steamcommunity.com/", "https://store.steampowered.com/")
        assert [link for link in links if not link.startswith(allowed)] == []


async def test_the_attacks_are_shown_as_the_text_that_they_are(browser: Browser, site: Site) -> None:
    async with visiting(browser, site) as visit:
        page = visit.page
        await visit.open(f"/games/{HOSTILE_GAME}?quotes=open")
        shown = await page.locator("main").text_content() or ""
        for attack in ATTACKS[:5]:
            assert attack in shown
        rels = await page.evaluate("[...document.querySelectorAll('.quote a')].map((link) => link.rel)")
        assert len(rels) > 5
        assert set(rels) == {"noopener nofollow ugc"}
        for path in await page.evaluate(
            "[...document.querySelectorAll('main a[href*=\"/evidence?\"]')].map((link) => link.getAttribute('href'))"
        ):
            assert await visit.open(path) == 200
            await visit.require_calm()
            shown += await page.locator("main").text_content() or ""
        assert sum(review.text[:40] in shown for review in HOSTILE) > 70, "the corpus was on the pages"


async def test_the_exported_file_runs_and_loads_nothing_even_from_a_disk(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    async with visiting(browser, site) as visit:
        answer = await visit.page.request.get(f"{site.url}/api/games/{HOSTILE_GAME}/report.html")
        assert answer.status == 200
        file = tmp_path / "report.html"
        file.write_bytes(await answer.body())
        visit.base = file.as_uri()
        await visit.page.goto(file.as_uri())
        await visit.require_calm()
        assert await visit.page.locator("script").count() == 0
        font = await visit.page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
        assert "Source Serif" in font, "its own style sheet is allowed by its own policy"
