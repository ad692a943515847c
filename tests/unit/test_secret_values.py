"""The contents of the development Secret."""

from collections.abc import Mapping

import pytest

from scripts.core.errors import UserError
from scripts.core.paths import ROOT
from scripts.secret_values import Decision, decide, random_text

GOOD_KEYS = "k1:" + "s" * 32


def count_up(length: int) -> str:
    return "g" * length


def outcome(given: Mapping[str, str], existing: Mapping[str, str], database_exists: bool = False) -> Decision:
    return decide(given, existing, database_exists=database_exists, generate=count_up)


def test_everything_missing_is_generated_and_no_model_key_is_invented() -> None:
    made = outcome({}, {}).values
    assert made["postgres-password"] == "g" * 32
    assert made["jwt-keys"] == "k1:" + "g" * 48
    assert made["openai-api-key"] == ""


def test_a_second_run_keeps_every_value() -> None:
    first = outcome({}, {}).values
    assert decide({}, first, database_exists=True).values == first


def test_given_values_take_precedence_over_generated_and_kept_ones() -> None:
    given = {"TODO_JWT_KEYS": GOOD_KEYS, "OPENAI_API_KEY": "sk-1", "TODO_POSTGRES_PASSWORD": "new"}
    made = outcome(given, {"jwt-keys": "k0:" + "o" * 32, "postgres-password": "old"})
    assert made.values == {"postgres-password": "new", "jwt-keys": GOOD_KEYS, "openai-api-key": "sk-1"}
    assert made.warnings == ()


def test_the_password_of_an_existing_database_is_never_changed() -> None:
    made = outcome({"TODO_POSTGRES_PASSWORD": "new"}, {"postgres-password": "old"}, database_exists=True)
    assert made.values["postgres-password"] == "old"
    assert "TODO_POSTGRES_PASSWORD" in made.warnings[0]
    assert "old" not in made.warnings[0].replace("the old one", "")


def test_a_lost_database_password_is_an_error_with_two_ways_out() -> None:
    with pytest.raises(UserError, match="does not") as raised:
        outcome({}, {}, database_exists=True)
    assert "TODO_POSTGRES_PASSWORD" in raised.value.fix
    assert "--volumes" in raised.value.fix
    assert outcome({"TODO_POSTGRES_PASSWORD": "known"}, {}, database_exists=True).values["postgres-password"] == "known"


def test_an_empty_model_key_removes_the_existing_one() -> None:
    made = outcome({"OPENAI_API_KEY": ""}, {"openai-api-key": "sk-1"})
    assert made.values["openai-api-key"] == ""
    assert made.origins["openai-api-key"] == "empty: the rule-based assistant answers"


@pytest.mark.parametrize(
    "keys",
    [
        "short:abc",
        "no-colon-" + "x" * 40,
        "k1:" + "s" * 32 + ",",
        ":" + "s" * 32,
        f"k1:{'s' * 32},k1:{'t' * 32}",
        "k1:" + "changeme" * 4,
        f"k1:{'s' * 32}, k2:a-string-secret-at-least-256-bits-long",
    ],
)
def test_jwt_keys_that_the_backend_would_reject_are_refused_and_not_shown(keys: str) -> None:
    with pytest.raises(UserError) as raised:
        outcome({"TODO_JWT_KEYS": keys}, {})
    assert keys not in str(raised.value)


DEFAULTS = ["postgres", "changeme", "Change_Me", "password"]


@pytest.mark.parametrize("password", DEFAULTS)
@pytest.mark.parametrize("given", [True, False])
def test_a_password_that_the_backend_would_reject_is_refused_before_there_is_a_database(
    password: str, given: bool
) -> None:
    with pytest.raises(UserError, match="TODO_POSTGRES_PASSWORD: .* well-known default") as raised:
        outcome({"TODO_POSTGRES_PASSWORD": password} if given else {}, {} if given else {"postgres-password": password})
    assert password not in str(raised.value)


@pytest.mark.parametrize("password", DEFAULTS)
def test_a_database_that_has_such_a_password_keeps_it_and_the_way_to_change_it_is_told(password: str) -> None:
    for given, existing in (({}, {"postgres-password": password}), ({"TODO_POSTGRES_PASSWORD": password}, {})):
        made = outcome(given, existing, database_exists=True)
        assert made.values["postgres-password"] == password
        [warning] = made.warnings
        assert "well-known default" in warning and "docs/operations.md" in warning


def test_a_default_that_an_existing_database_does_not_take_is_ignored_as_any_other_password_is() -> None:
    made = outcome({"TODO_POSTGRES_PASSWORD": "postgres"}, {"postgres-password": "old"}, database_exists=True)
    assert made.values["postgres-password"] == "old"
    assert len(made.warnings) == 1


def test_the_rules_are_those_of_the_backend() -> None:
    rules = (ROOT / "scripts" / "default_secrets.py").read_bytes()
    assert rules == (ROOT / "backend" / "app" / "default_secrets.py").read_bytes()


def test_origins_name_where_a_value_comes_from_and_never_the_value() -> None:
    made = outcome({"OPENAI_API_KEY": "sk-secret"}, {"postgres-password": "pw-secret"})
    assert made.origins["openai-api-key"] == "from OPENAI_API_KEY"
    assert made.origins["postgres-password"] == "kept"
    assert "secret" not in " ".join(made.origins.values())


def test_generated_text_is_long_different_each_time_and_safe_in_urls() -> None:
    one, two = random_text(32), random_text(32)
    assert one != two
    assert one.isalnum() and len(one) == 32
