"""What no template may have: ways around escaping, styles and scripts that the policy forbids, other hosts."""

import re

import pytest

from steampulse_dagster.api.pages.rendering import API, STYLES, get_templates

pytestmark = pytest.mark.unit

TEMPLATES = sorted((API / "templates").glob("*.html"))
FORBIDDEN = {
    "a way around escaping": r"\|\s*safe\b|autoescape\s+false",
    "an inline style": r"<[^>{%]*\sstyle=",
    "an inline handler": r"<[^>]*\son[a-z]+=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "another host": r"https?://(?!store\.steampowered\.com/app/)",
    "an attribute without quotes": r"\s(?:href|src|value|lang|class|id)=\{\{",
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(template, what: str) -> None:
    found = re.search(FORBIDDEN[what], template.read_text(), re.IGNORECASE)
    assert found is None, found.group()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_template_can_be_read(template) -> None:
    assert get_templates().get_template(template.name)


@pytest.mark.parametrize("name", STYLES)
def test_style_sheets_load_nothing_from_elsewhere_and_every_brace_is_closed(name: str) -> None:
    sheet = (API / "static" / name).read_text()
    assert "@import" not in sheet
    assert all(address.startswith('"fonts/') for address in re.findall(r"url\(([^)]*)\)", sheet))
    assert sheet.count("{") == sheet.count("}")
