"""Requests made up from the OpenAPI document, good and bad: no 5xx, and no answer that it does not declare.

TODO_API_CASES is the number of requests for each operation; `./dev test contract` makes thousands in all.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from operations import DOCUMENT
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from servers import Person, Stack

CASES = int(os.environ.get("TODO_API_CASES", "15"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    ignored_auth,
]
RESULTS = list(schemathesis.openapi.from_dict(DOCUMENT).get_all_operations())
OPERATIONS = [result.ok() for result in RESULTS if isinstance(result, Ok)]


@pytest.fixture
def cleo(stack: Stack) -> Iterator[Person]:
    """Somebody who has a task and a conversation."""
    person = stack.sign_up("Cleo")
    with person.http:
        person.say("Add a task to meet the contract")
        yield person


def test_every_operation_can_be_read() -> None:
    assert len(OPERATIONS) == len(RESULTS) > 15


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_one_that_the_document_declares(
    operation: APIOperation[Any, Any, Any, Any], stack: Stack, cleo: Person
) -> None:
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @given(cases)
    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def try_all(case: schemathesis.Case[Any]) -> None:
        if "user_id" in case.path_parameters:
            case.path_parameters["user_id"] = "me"
        headers = {"Authorization": f"Bearer {cleo.token}"}
        case.call_and_validate(base_url=stack.url, headers=headers, checks=CHECKS)

    try_all()
