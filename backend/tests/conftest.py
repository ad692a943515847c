"""One PostgreSQL, one migrated database and one running stack a session; each test signs up its own users."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from model_api import MODEL_KEY, Answer, ModelApi, Talk
from postgres import Server, migrate, running_server
from servers import Person, Stack, running_stack, serving


@pytest.fixture(scope="session", autouse=True)
def _no_configuration_from_outside() -> None:
    """What a developer has in the environment must not decide how the tests run."""
    for name in list(os.environ):
        if name.startswith(("TODO_", "OPENAI_", "OTEL_")) and not name.startswith("TODO_TEST_"):
            del os.environ[name]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def database_url(postgres: Server) -> str:
    url = postgres.new_database()
    migrate(url)
    return url


@pytest.fixture(scope="session")
def stack(database_url: str) -> Iterator[Stack]:
    with running_stack(database_url) as stack:
        yield stack


@pytest.fixture
def ada(stack: Stack) -> Iterator[Person]:
    person = stack.sign_up("Ada")
    with person.http:
        yield person


@pytest.fixture
def bob(stack: Stack) -> Iterator[Person]:
    person = stack.sign_up("Bob")
    with person.http:
        yield person


@pytest.fixture
def talk(database_url: str) -> Iterator[Talk]:
    """Makes a user of a backend whose model gives the answers."""
    with ExitStack() as stack:

        def start(*answers: Answer, **settings: Any) -> tuple[Person, ModelApi]:
            api = ModelApi(*answers)
            url = stack.enter_context(serving(api.app))
            model: dict[str, Any] = {
                "OPENAI_API_KEY": MODEL_KEY,
                "OPENAI_BASE_URL": f"{url}/v1",
                "OPENAI_MODEL": "scripted",
                "assistant": "openai",
                **settings,
            }
            person = stack.enter_context(running_stack(database_url, **model)).sign_up()
            stack.enter_context(person.http)
            return person, api

        yield start
