"""One database, one server and one browser for all browser tests of a session."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from steampulse_dagster.utils.db import Database
from tests.helpers import Server, fresh_database
from tests.page_world import build_world, serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Root needs the first; the others keep the browser from talking to its maker."""

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@dataclass(frozen=True)
class Site:
    """The pages of a database, served."""

    url: str
    db: Database
    folder: Path


@dataclass
class Visit:
    """A tab, and what went wrong in it."""

    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)
    """Errors of the console, dialogs, and requests to other hosts."""

    async def open(self, path: str) -> int:
        """Load a page; its status."""
        answer = await self.page.goto(self.base + path, wait_until="load")
        assert answer is not None
        return answer.status

    async def require_calm(self) -> None:
        """Nothing ran that should not, nothing was asked of anybody else, nothing is wider than the window."""
        violations = await self.page.evaluate("window.violations ?? []")
        hacked = await self.page.evaluate("window.hacked ?? null")
        wide = await self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert (self.troubles, violations, hacked) == ([], [], None)
        assert wide[0] <= wide[1], f"{self.page.url} is {wide[0]} wide in a window of {wide[1]}"


@pytest.fixture(scope="session")
def site(database_server: Server) -> Iterator[Site]:
    """The world of tests/page_world.py, served."""
    if CHROMIUM is None:
        pytest.skip("CHROMIUM ABSENT: no browser test ran (Debian: apt-get install chromium)")
    folder = Path(tempfile.mkdtemp(prefix="steampulse-pages-"))
    with fresh_database(database_server) as url:
        db, exports = Database(url), Database(url, pool_size=2)
        try:
            build_world(db, folder)
            with serving(db, exports) as address:
                yield Site(url=address, db=db, folder=folder)
        finally:
            db.close()
            exports.close()
            shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(site: Site) -> AsyncIterator[Browser]:
    """One headless Chromium."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@asynccontextmanager
async def visiting(browser: Browser, site: Site, **options: object) -> AsyncIterator[Visit]:
    """A tab of its own, watched; `options` as of a browser context."""
    context: BrowserContext = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
    try:
        await context.add_init_script(WATCH)
        page = await context.new_page()
        visit = Visit(page=page, base=site.url)
        page.on("console", lambda said: visit.troubles.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: visit.troubles.append(str(error)))
        page.on("request", lambda sent: _note_foreign(visit, sent.url))

        async def refuse(dialog: object) -> None:
            visit.troubles.append(f"dialog {dialog}")
            await dialog.dismiss()  # type: ignore[attr-defined]

        page.on("dialog", refuse)
        yield visit
    finally:
        await context.close()


def _note_foreign(visit: Visit, url: str) -> None:
    if not url.startswith((visit.base, "data:")):
        visit.troubles.append(f"asked {url}")


async def list_issues(page: Page, *, rules: str = "everything") -> list[tuple[str, list[str]]]:
    """What axe-core finds on the page, by all of its rules or those of a tag."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules != "everything":
        options["runOnly"] = {"type": "tag", "values": [rules]}
    found = (await Axe().run(page, options=options)).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
