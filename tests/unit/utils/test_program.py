"""The digest of the program: the same for the same files, another for any other that a page is drawn with."""

from pathlib import Path

import pytest

from steampulse_dagster.utils import program

pytestmark = pytest.mark.unit


def test_a_change_of_code_template_or_style_is_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PACKAGE", tmp_path)
    digests = set()
    for name in ("a.py", "pages/b.html", "static/c.css", "static/d.svg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        for text in ("1", "2"):
            path.write_text(text)
            digests.add(program.digest_program.__wrapped__())
    (tmp_path / "a.pyc").write_text("compiled")
    assert program.digest_program.__wrapped__() in digests
    assert len(digests) == 8
