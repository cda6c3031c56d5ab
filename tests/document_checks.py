"""Makes up calls from the API's own document, right ones and wrong ones, and holds each answer against it."""

from collections.abc import Mapping, Sequence
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.allow_header_conformance,
]


class DocumentChecker:
    """Counts calls and collects what did not fit. `known` are path parameters of things that exist, tried in turn, as
    a number that was made up leads nowhere."""

    def __init__(self, app: FastAPI, *, known: Mapping[str, Sequence[Any]]) -> None:
        self._document = schemathesis.openapi.from_asgi("/api/openapi.json", app)
        self._known = known
        self.calls: dict[int, int] = {}
        """By status of the answer."""
        self.failures: list[str] = []

    def check(self, *, examples: int, number: int) -> None:
        """Make `examples` right calls, as many to things that exist, and as many wrong ones, of each operation."""
        for result in self._document.get_all_operations():
            operation = result.ok()
            for mode in GenerationMode:
                self._try(operation, mode, examples, number, path_parameters=None)
            names = [one.name for one in operation.path_parameters if one.name in self._known]
            for values in zip(*(self._known[name] for name in names), strict=True) if names else ():
                path_parameters = dict(zip(names, values, strict=True))
                self._try(operation, GenerationMode.POSITIVE, examples, number, path_parameters=path_parameters)

    def check_call(self, path: str, **given: Any) -> None:
        """Make this very call, which must be answered 200."""
        case = self._document[path]["GET"].Case(**given)
        self._validate(case)
        assert case.call().status_code == 200

    def _try(
        self, operation: Any, mode: GenerationMode, examples: int, number: int, *, path_parameters: dict | None
    ) -> None:
        strategy = operation.as_strategy(generation_mode=mode, path_parameters=path_parameters)

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def call(case: Case) -> None:
            self._validate(case)

        try:
            call()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, f"{operation.label}: nothing can be made up"

    def _validate(self, case: Case) -> None:
        answer = case.call()
        self.calls[answer.status_code] = self.calls.get(answer.status_code, 0) + 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as group:
            self.failures += [f"{case.method} {case.formatted_path}: {failure}" for failure in group.exceptions]
