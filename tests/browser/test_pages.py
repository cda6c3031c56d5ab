"""The pages in a real browser: they load, sort, search, expand, print, fit a phone and are accessible."""

import pytest
from playwright.async_api import Browser

from steampulse_dagster.utils.db import Database
from tests.browser.conftest import Site, list_issues, visiting
from tests.page_world import (
    FAILED,
    LANTERNFALL,
    MOSSBOUND,
    MOTH,
    NO_REVIEWS,
    RECORDED,
    RECORDED_GAME,
    STEAM_ID,
    UNCRAWLED,
    UNREAD,
    crawl,
    serving,
)

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

PAGES = {
    "overview": "/?q=o",
    "game": f"/games/{MOTH}",
    "larger game": f"/games/{LANTERNFALL}",
    "without report": f"/games/{UNREAD}",
    "evidence": f"/games/{LANTERNFALL}/evidence?section=design_strengths&topic=combat",
    "history": f"/games/{LANTERNFALL}/history",
    "diff": f"/games/{LANTERNFALL}/diff",
    "compare": f"/compare?appid={LANTERNFALL}&appid={MOTH}",
    "libraries": "/libraries",
    "library": f"/libraries/{STEAM_ID}",
}
SAME_COLOURS = {"larger game", "evidence", "libraries"}
"""Pages without a colour that another page does not have."""
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


# What depends on the theme is colour; everything else is looked at once.
@pytest.mark.parametrize(("theme", "rules"), [("light", "everything"), ("dark", "cat.color")])
async def test_no_page_has_a_serious_issue_of_accessibility_or_an_error_in_the_console(
    browser: Browser, site: Site, theme: str, rules: str
) -> None:
    async with visiting(browser, site, color_scheme=theme) as visit:
        for name, path in PAGES.items():
            if theme == "dark" and name in SAME_COLOURS:
                continue
            assert await visit.open(path) == 200, name
            assert await list_issues(visit.page, rules=rules) == [], name
            await visit.require_calm()


async def test_error_pages_have_no_issue_of_accessibility(browser: Browser, site: Site) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    with serving(nowhere, nowhere) as away:
        async with visiting(browser, site) as visit:
            for base, path, status in (
                (site.url, "/nowhere", 404),
                (site.url, "/games/1", 404),
                (site.url, "/?sort=price", 422),
                (site.url, f"/games/{MOTH}?quotes={'x' * 20}", 422),
                (away, f"/games/{MOTH}", 503),
            ):
                visit.base = base
                assert await visit.open(path) == status
                assert await list_issues(visit.page) == [], (path, status)


async def test_each_page_fits_a_phone(browser: Browser, site: Site) -> None:
    async with visiting(browser, site, **PHONE) as visit:
        for path in [*PAGES.values(), f"/games/{MOSSBOUND}", "/"]:
            assert await visit.open(path) == 200
            await visit.require_calm()


async def test_sorting_searching_filtering_and_expanding_need_no_script(browser: Browser, site: Site) -> None:
    async with visiting(browser, site, java_script_enabled=False) as visit:
        page = visit.page
        await visit.open("/")
        await page.get_by_role("link", name="Game", exact=True).click()
        names = await page.locator("table.games th.name a").all_inner_texts()
        assert names == sorted(names, key=str.lower)
        await page.get_by_role("link", name="Game", exact=False).filter(has_text="↑").click()
        assert (await page.locator("table.games th.name a").all_inner_texts()) == names[::-1]
        assert await page.locator("th[aria-sort=descending]").inner_text() == "Game ↓"

        await page.get_by_role("searchbox", name="Name").fill("moss")
        await page.get_by_role("button", name="Show").click()
        assert await page.locator("table.games th.name a").all_inner_texts() == ["Mossbound"]
        await page.get_by_role("link", name="Clear").click()
        await page.get_by_label("Positive").select_option("positive")
        await page.get_by_role("button", name="Show").click()
        assert "Mossbound" in await page.locator("table.games th.name a").all_inner_texts()
        assert "Lanternfall" not in await page.locator("table.games th.name a").all_inner_texts()

        await visit.open(f"/games/{MOSSBOUND}")
        quotes = page.locator("details.quotes").first
        await quotes.locator("summary").click()
        assert await quotes.locator("blockquote").first.is_visible()
        await page.get_by_role("link", name="Open all quotes").click()
        assert await page.locator("details.quotes:not([open])").count() == 0


async def test_the_script_adds_comforts_theme_comparing_and_all_quotes_at_once(browser: Browser, site: Site) -> None:
    async with visiting(browser, site, color_scheme="light") as visit:
        page = visit.page
        await visit.open("/?q=m")
        before = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.get_by_role("button", name="Change the colour theme").click()
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != before
        await page.get_by_role("checkbox", name="Compare Mossbound").check()
        assert await page.get_by_role("button", name="Compare 1 games").is_disabled()
        await page.get_by_role("checkbox", name="Compare Moth & Kettle").check()
        await page.get_by_role("button", name="Compare 2 games").click()
        await page.wait_for_url("**/compare?*")
        assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert await page.locator("table.compare thead th").all_inner_texts() == ["Mossbound", "Moth & Kettle"]

        await visit.open(f"/games/{MOSSBOUND}")
        await page.get_by_role("link", name="Open all quotes").click()
        assert await page.locator("details.quotes:not([open])").count() == 0
        assert page.url == f"{site.url}/games/{MOSSBOUND}", "the script opened them, no other page"
        await visit.require_calm()


async def test_the_keyboard_reaches_the_content_and_focus_can_be_seen(browser: Browser, site: Site) -> None:
    async with visiting(browser, site) as visit:
        page = visit.page
        await visit.open(f"/games/{MOTH}")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert await page.evaluate(outline) != "none"


async def test_a_report_prints_in_light_colours_without_what_cannot_be_pressed_on_paper(
    browser: Browser, site: Site
) -> None:
    async with visiting(browser, site, color_scheme="dark") as visit:
        page = visit.page
        await visit.open(f"/games/{LANTERNFALL}")
        await page.emulate_media(media="print")
        for hidden in ("header.site", "nav.toc", "nav.tabs", "details.quotes:not([open])", "footer"):
            assert not await page.locator(hidden).first.is_visible(), hidden
        assert await page.locator("#method").is_visible()
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        paper = await page.pdf(format="A4", print_background=True)
        assert paper.startswith(b"%PDF")
        assert len(paper) > 20_000


@pytest.mark.parametrize(
    ("appid", "words"),
    [
        (UNCRAWLED, "Not crawled yet"),
        (UNREAD, "12 reviews of it are stored"),
        (FAILED, "Steam refused the request (403)."),
        (NO_REVIEWS, "Steam has no review of this game"),
        (MOTH, "Low evidence."),
    ],
)
async def test_a_page_says_why_there_is_little_or_nothing(browser: Browser, site: Site, appid: int, words: str) -> None:
    async with visiting(browser, site) as visit:
        assert await visit.open(f"/games/{appid}") == 200
        assert words in await visit.page.locator("main").inner_text()
        await visit.require_calm()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/games/1", 404, "There is no game 1 here"),
        ("/nowhere", 404, "Nothing here"),
        ("/?min_reviews=many", 422, "min_reviews"),
        ("/?sentiment=<b>", 422, "sentiment is one of"),
        ("/compare?appid=570&appid=x", 422, "'x' is not an appid"),
        ("/libraries/123", 422, "17 digits"),
        (f"/games/{MOTH}/diff", 422, "no report older"),
    ],
)
async def test_people_get_errors_as_pages(browser: Browser, site: Site, path: str, status: int, words: str) -> None:
    async with visiting(browser, site) as visit:
        assert await visit.open(path) == status
        assert words in await visit.page.locator("main").inner_text()
        assert await visit.page.get_by_role("link", name="All games").is_visible()


@pytest.mark.recorded
async def test_a_recorded_game_is_shown_whole(browser: Browser, site: Site) -> None:
    if not (RECORDED / "manifest.json").exists():
        pytest.skip(f"RECORDED DATA ABSENT: {RECORDED} has no manifest.json (STEAMPULSE_RECORDED_DATA names it)")
    from steampulse_dagster.simulators.recorded import RecordedWorld
    from tests.analysis_fakes import KeywordAnalyst

    await crawl(site.db, RecordedWorld(RECORDED), [RECORDED_GAME], folder=site.folder, analyst=KeywordAnalyst())
    async with visiting(browser, site, **PHONE) as visit:
        assert await visit.open(f"/games/{RECORDED_GAME}") == 200
        assert await visit.page.locator("svg.trend").is_visible()
        await visit.require_calm()
        assert await visit.open("/") == 200
        await visit.require_calm()
