import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs/data-cleaning.md").read_text()
FILES = dict(re.findall(r"\*\*(\w)\*\*\s+`(tests/[\w/]+\.py)`", DOC))


def test_the_document_names_its_test_files():
    assert sorted(FILES) == sorted("RGSHTDECKW")


@pytest.mark.parametrize(("letter", "test"), sorted(set(re.findall(r"\b([A-Z]) `(test_\w+)`", DOC))))
def test_every_test_that_the_document_names_exists(letter, test):
    assert f"def {test}(" in (ROOT / FILES[letter]).read_text()
