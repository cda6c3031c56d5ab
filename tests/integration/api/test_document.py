"""The API does what its document says: calls made up from the document by schemathesis, in a short form.

`python benchmarks/api_document.py` makes many more.
"""

import pytest
from fastapi import FastAPI
from jsonschema_rs import validator_for

from tests.document_checks import DocumentChecker
from tests.integration.api.conftest import LANTERN_KEEP, SEQUEL
from tests.page_world import HOSTILE_GAME, STEAM_ID

pytestmark = pytest.mark.integration

KNOWN = {
    "appid": [LANTERN_KEEP, HOSTILE_GAME],
    "report_id": [1, 2],
    "steam_id": [STEAM_ID, "76561198000000099"],
    "dataset": ["reviews", "evidence"],
}


def test_made_up_calls_get_answers_that_fit_the_document(reading_app: FastAPI) -> None:
    checker = DocumentChecker(reading_app, known=KNOWN)
    checker.check(examples=4, number=1)
    checker.check_call("/api/compare", query={"appid": [LANTERN_KEEP, SEQUEL]})
    checker.check_call("/api/reviews", query={"q": "crashes"})
    assert checker.failures == []
    assert checker.calls[200] > 60
    assert checker.calls[422] > 30


def test_each_operation_is_described_and_errors_have_one_form(reading_app: FastAPI) -> None:
    document = reading_app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            for status in ("422", "default"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ErrorBody"}, (method, path)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_examples_of_the_main_routes_are_answers_as_their_schemas_want_them(reading_app: FastAPI) -> None:
    document = reading_app.openapi()
    for path in ("/api/games", "/api/games/{appid}", "/api/games/{appid}/report", "/api/games/{appid}/signals"):
        answers = document["paths"][path]["get"]["responses"]
        for status in ("200", "default"):
            content = answers[status]["content"]["application/json"]
            schema = {**content["schema"], "components": document["components"]}
            errors = [error.message for error in validator_for(schema).iter_errors(content["example"])]
            assert errors == [], (path, status)
            assert content["example"], (path, status)
