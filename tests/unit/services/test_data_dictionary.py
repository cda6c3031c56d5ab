"""What is published about exports is what the code does."""

import json
from pathlib import Path
from random import Random

import pytest
from jsonschema_rs import validator_for

from benchmarks.reading_world import build_report
from steampulse_dagster.models.exports import COLUMNS, Dataset
from steampulse_dagster.services.data_dictionary import build_report_schema, render_dictionary
from steampulse_dagster.services.reports import render_json

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[3] / "docs"


def test_the_data_dictionary_is_the_one_that_the_code_makes() -> None:
    told = (DOCS / "data-dictionary.md").read_text()
    assert told == render_dictionary(), "steampulse export dictionary -o docs/data-dictionary.md"


def test_the_published_schema_is_the_one_that_the_code_makes() -> None:
    told = json.loads((DOCS / "report.schema.json").read_text())
    assert told == build_report_schema(), "steampulse export schema -o docs/report.schema.json"


def test_a_report_fits_its_schema_and_another_thing_does_not() -> None:
    validator = validator_for(build_report_schema())
    report = json.loads(render_json(build_report(Random(1))))
    validator.validate(report)
    assert not validator.is_valid({**report, "appid": "x"})
    assert not validator.is_valid({**report, "more": 1})


def test_every_column_says_what_it_means() -> None:
    for dataset in Dataset:
        names = [column.name for column in COLUMNS[dataset]]
        assert len(set(names)) == len(names)
        assert all(column.meaning for column in COLUMNS[dataset])
